// The bar rules of `prices`: what of a source's history is stored, how it merges with what is
// there, and the dividend factor. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/bar.h"
#include "source/source.h"

namespace signals {

// What is stored of a history: rows ascending by date, unique, factors still 1.
struct Accepted {
  std::vector<PriceRow> rows;
  LeftOutCounts left_out;
  std::int64_t foreign_dividends = 0;  // in another currency: not stored, not applied
};

// Applies the bar rules to what a source served at `now`. Pounds and pence are reconciled; an event
// without a bar acts on the next bar.
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

// `stored` with `fetched` laid over it: rows of new dates are added, rows with other values
// replaced, equal ones kept with the time they were first seen. Both ascending; dates only in
// `stored` stay.
std::vector<PriceRow> merge(std::span<const PriceRow> stored, std::span<const PriceRow> fetched,
                            MergeCounts& counts);

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

}  // namespace signals
