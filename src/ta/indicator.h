// Indicator: a descriptor beside its formula. Everything that lists, documents, runs or tests
// indicators walks these rows (registry.h); none of it names one.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

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
};

// One row of all inputs. V is double, or a vector of doubles: one lane per ticker.
template <class V>
struct BarOf {
  V open, high, low, close, volume;
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

  // Fills out[k][row] for every output k and row; cannot fail. `params` are in the ranges of the
  // row.
  void (*compute)(const Inputs& in, Params params, Mode mode, std::span<double* const> out);
};

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

template <class V>
V splat(double value) {
  return V{} + value;
}

// pandas hides ±inf from every rolling and exponential window.
template <class V>
V finite_or_nan(V x) {
  const V zero_or_nan = x - x;
  return zero_or_nan == zero_or_nan ? x : splat<V>(kNaN);
}

// `min_periods` of a window: the whole of it, or none of it when `ta` fills.
inline int min_periods(int window, Mode mode, int filled = 0) {
  return mode == Mode::fillna ? filled : window;
}

namespace detail {

void fill(std::span<double> column, const Fill& rule, std::span<const double> close);

// Some of `ta`'s formulas look at the whole history; their kernels ask for it.
template <class K>
K make_kernel(const Inputs& in, Params params, Mode mode) {
  if constexpr (std::is_constructible_v<K, Params, Mode, const Inputs&>) {
    return K(params, mode, in);
  } else {
    return K(params, mode);
  }
}

template <template <class> class Kernel>
void compute_scalar(const Inputs& in, Params params, Mode mode, std::span<double* const> out) {
  using K = Kernel<double>;
  constexpr std::size_t kOutputs = std::size(K::kOutputs);
  K kernel = make_kernel<K>(in, params, mode);
  std::array<double, kOutputs> row{};
  const std::size_t rows = in.rows();
  for (std::size_t i = 0; i < rows; ++i) {
    kernel.step({in.open[i], in.high[i], in.low[i], in.close[i], in.volume[i]}, row.data());
    for (std::size_t k = 0; k < kOutputs; ++k) out[k][i] = row[k];
  }
  if (mode != Mode::fillna) return;
  for (std::size_t k = 0; k < kOutputs; ++k) fill({out[k], rows}, K::kOutputs[k].fill, in.close);
}

}  // namespace detail

// The registry row of a kernel class template.
template <template <class> class Kernel>
constexpr Indicator describe() {
  using K = Kernel<double>;
  return {K::kName,   K::kTitle,  K::kCategory, K::kLookback,
          K::kInputs, K::kParams, K::kOutputs,  detail::compute_scalar<Kernel>};
}

}  // namespace signals::ta

// Ends an indicator's file: defines its row under the name that indicators.def lists.
#define SIGNALS_DESCRIBE(Kernel)    \
  extern const Indicator k##Kernel; \
  constinit const Indicator k##Kernel = describe<Kernel>();
