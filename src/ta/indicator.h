// Indicator: the row of the registry that describes one. Everything that lists, documents, runs or
// tests indicators walks these rows (registry.h); none of it names one.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string_view>

namespace signals::ta {

// What a cell holds where `ta` has no full window, a leak or an infinity; see docs/contracts in
// docs/architecture.md, "Modes of the engine".
enum class Mode {
  causal,  // `ta`, with its leaks and warm-up zeros null
  ta,      // bit-equal to `ta` 0.11.0 with fillna=False
  fillna,  // bit-equal to `ta` 0.11.0 with fillna=True
};

enum class Category { volume, volatility, trend, momentum, others };

// What a value is measured in; decides its scale-free form.
enum class Unit {
  none,
  price,
  price_difference,
  volume,
  money,
  price_squared_per_volume,
  first_bar
};

// How much history a value needs, and so how it reacts to a later start.
enum class Lookback {
  window,      // a fixed number of rows, up to the rounding of compensated sums
  recursive,   // converges: old rows fade
  cumulative,  // every row since the first
};

std::string_view to_string(Category category);
std::string_view to_string(Unit unit);
std::string_view to_string(Lookback lookback);

// The longest window: numpy sums longer arrays in another order.
inline constexpr double kMostRows = 8192;

struct Param {
  std::string_view name;
  double default_value;
  double min, max;
  std::string_view doc;
  bool integer = max == kMostRows;  // a number of rows
};

// What fillna puts where a column has no value yet; after the first, the last value is carried on.
struct Fill {
  enum class Kind { constant, backward, close, none };
  constexpr Fill(double constant)
      : kind(Kind::constant), value(constant) {}  // NOLINT: a plain number
  constexpr explicit Fill(Kind other) : kind(other) {}
  Kind kind;
  double value = 0;
};
inline constexpr Fill kFillBackward{Fill::Kind::backward};  // the first value
inline constexpr Fill kFillClose{Fill::Kind::close};        // the row's close
inline constexpr Fill kFillNone{Fill::Kind::none};          // `ta` leaves these columns as they are

struct Output {
  std::string_view column;  // as `ta` names it
  Unit unit;
  int first_row;  // with the default parameters and clean input, mode ta; -1: depends on the data
  Fill fill;
  std::string_view formula;
  bool sparse = false;  // null on many rows by nature; --na drop-any does not count it
  bool flag = false;    // only ever 0 or 1
};

// Whole columns of one ticker, dates ascending, NaN where unknown.
struct Inputs {
  std::span<const double> open, high, low, close, volume;
  [[nodiscard]] std::size_t rows() const { return close.size(); }
};

using Params = std::span<const double>;

struct Indicator {
  std::string_view name;  // for --set: rsi, cmf
  std::string_view title;
  Category category;
  Lookback lookback;
  std::string_view inputs;  // of open, high, low, close, volume
  std::span<const Param> params;
  std::span<const Output> outputs;
};

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace signals::ta
