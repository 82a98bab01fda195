// The bar rules of `prices`: what of a source's history is stored, how it merges with what is
// there, and the dividend factor. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bar.h"
#include "source/source.h"

namespace signals {

// What one fetch says of one ticker: bars of a window, and the events it knows of.
struct Fetched {
  std::string ticker;
  Window window;
  std::vector<PriceRow> rows;  // ascending by date, unique; without events, factors still 1
  std::map<Date, double>
      dividends;  // by ex-date, in the price's unit; of the window and a little before
  std::map<Date, double> splits;
};

struct Accepted {
  Fetched fetched;  // its ticker is the caller's to set
  LeftOutCounts left_out;
  std::int64_t foreign_dividends = 0;  // in another currency: not stored, not applied
};

// Applies the bar rules to what a source served at `now`. Pounds and pence are reconciled.
Accepted accept(const History& history, const Window& window, Instant now);

// Whether both rows hold the same of everything a source serves; the bookkeeping does not count.
bool same_values(const PriceRow& a, const PriceRow& b);

struct MergeCounts {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t kept = 0;
  std::int64_t confirmed = 0;   // kept rows that became settled
  std::int64_t refactored = 0;  // rows of which only the dividend factor moved
  MergeCounts& operator+=(const MergeCounts& other);
  [[nodiscard]] bool any_change() const { return added + changed + confirmed + refactored > 0; }
};

// What the next row's dividend factor depends on.
struct FactorState {
  double close = kUnknown;  // of the last row before; unknown before the first
  double factor = 1;
  friend bool operator==(const FactorState& a, const FactorState& b) {
    return a.factor == b.factor &&
           (a.close == b.close || (a.close != a.close && b.close != b.close));
  }
};

// Sets the dividend factors of consecutive rows and moves `state` behind them. A dividend is not
// applied on the first row, on the day of a split, or when it is half the last close or more.
void chain_factors(std::span<PriceRow> rows, FactorState& state);

// Lays one fetch over the stored rows of its ticker, year by year, ascending. Rows of new dates are
// added, rows with other values replaced, equal ones kept with the time they were first seen; dates
// that were not fetched stay, and so does a row that a later run has seen.
//
// In the window the source's events are taken as they are; an event of a day without a bar acts on
// the next bar, also on the first one behind the window.
class TickerMerge {
 public:
  explicit TickerMerge(Fetched fetched);

  [[nodiscard]] int first_year() const;
  [[nodiscard]] int last_year() const;

  // The last stored row before the first year that is merged.
  void start_after(const PriceRow& row);
  [[nodiscard]] bool started() const { return old_last_.has_value(); }

  // All rows of one year after the merge; `stored` are those before it.
  std::vector<PriceRow> next_year(int year, std::span<const PriceRow> stored, MergeCounts& counts);

  // Whether rows of later years may still change.
  [[nodiscard]] bool busy() const;

 private:
  PriceRow step(const PriceRow* old, const PriceRow* fresh, MergeCounts& counts);
  void place_events(PriceRow& row);
  void shift_events_behind_window(PriceRow& row) const;

  Fetched fetched_;
  std::size_t next_ = 0;  // of fetched_.rows
  bool behind_window_ = false;
  std::optional<Date> old_last_, new_last_;  // the row before, as stored and as merged
  FactorState old_state_, state_;
};

}  // namespace signals
