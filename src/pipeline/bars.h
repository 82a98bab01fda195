// The bar rules of `prices`: what of a source's history is stored, how it merges with what is
// there, and the dividend factor. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bar.h"
#include "source/source.h"

namespace signals {

// The rows of one fetch, ascending by date, unique; without events, factors still 1. Whole buckets
// of long histories wait for their commit, so a bar takes 48 bytes: what all of them share stands
// once.
class FetchedRows {
 public:
  struct Bar {
    std::int32_t day;  // since 1970
    bool settled;
    double open, high, low, close;
    std::int64_t volume;
  };

  [[nodiscard]] std::size_t size() const { return bars.size(); }
  [[nodiscard]] bool empty() const { return bars.empty(); }
  [[nodiscard]] Date date(std::size_t index) const {
    return Date{std::chrono::days(bars[index].day)};
  }
  [[nodiscard]] PriceRow operator[](std::size_t index) const;

  Label currency, exchange;
  Instant fetched_at{};
  std::vector<Bar> bars;
};

// What one fetch says of one ticker: bars of a window, and the events it knows of.
struct Fetched {
  std::string ticker;
  Window window;
  FetchedRows rows;
  std::map<Date, double>
      dividends;  // by ex-date, in the price's unit; of the window and a little before
  std::map<Date, double> splits;
  // Dates from here on were asked for before: a bar that comes new before a stored one is late.
  Date known_from = Date::max();
  // What is stored in the window and was not served again goes: it stands on another scale.
  bool replaces = false;
};

struct Accepted {
  Fetched fetched;  // its ticker is the caller's to set
  LeftOutCounts left_out;
  // In another currency: not stored, not applied.
  std::vector<std::pair<Date, double>> foreign_dividends;
  // The first young day of the window that was served without prices: it may still get some.
  std::optional<Date> recheck_from;
};

// What an amount must be multiplied by to stand in another unit of its money (pence, pounds); empty
// for another money.
std::optional<double> unit_factor(Label from, Label to);

// Applies the bar rules to what a source served at `now`. Pounds and pence are reconciled.
Accepted accept(const History& history, const Window& window, Instant now);

// Whether both rows hold the same of everything a source serves, whatever the exchange is called;
// the bookkeeping does not count.
bool same_values(const PriceRow& a, const PriceRow& b);

struct MergeCounts {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;  // by a replacement
  std::int64_t kept = 0;
  std::int64_t confirmed = 0;   // kept rows that became settled
  std::int64_t refactored = 0;  // rows of which only the dividend factor moved
  MergeCounts& operator+=(const MergeCounts& other);
  [[nodiscard]] bool any_change() const {
    return added + changed + removed + confirmed + refactored > 0;
  }
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
  explicit TickerMerge(Fetched fetched)
      : TickerMerge(std::make_shared<const Fetched>(std::move(fetched))) {}
  explicit TickerMerge(std::shared_ptr<const Fetched> fetched);

  [[nodiscard]] int first_year() const;
  [[nodiscard]] int last_year() const;
  [[nodiscard]] bool replaces() const { return fetched_->replaces; }

  // The last stored row before the first year that is merged.
  void start_after(const PriceRow& row);
  [[nodiscard]] bool started() const { return old_last_.has_value(); }

  // All rows of one year after the merge; `stored` are those before it.
  std::vector<PriceRow> next_year(int year, std::span<const PriceRow> stored, MergeCounts& counts);

  // Whether rows of later years may still change.
  [[nodiscard]] bool busy() const;

  // The first date at which settled history is not what it was, and how: a bar that came late, or
  // other values.
  [[nodiscard]] std::optional<Date> late_from() const { return late_from_; }
  [[nodiscard]] std::optional<Date> corrected_from() const { return corrected_from_; }

 private:
  // A row of a date that had none.
  void add_new(PriceRow& row, MergeCounts& counts);
  // The merge of one date into `row`; false when it has none any more. One of the two may be null.
  bool step(const PriceRow* old, const PriceRow* fresh, PriceRow& row, MergeCounts& counts);
  void note_restated(const PriceRow& old, const PriceRow& row);
  void place_events(PriceRow& row);
  void shift_events_behind_window(PriceRow& row) const;

  std::shared_ptr<const Fetched> fetched_;
  std::size_t next_ = 0;                // of its rows
  Date no_event_before_ = Date::min();  // after the row before
  bool behind_window_ = false;
  std::optional<Date> old_last_, new_last_;  // the row before, as stored and as merged
  FactorState old_state_, state_;
  std::optional<Date> new_before_, late_from_, corrected_from_;
};

}  // namespace signals
