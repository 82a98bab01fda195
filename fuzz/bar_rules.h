// What must hold of any history that a parser gives out, whatever it was fed.
#pragma once

#include <cmath>
#include <cstdlib>

#include "pipeline/bars.h"

namespace signals {

inline void require(bool holds) {
  if (!holds) std::abort();
}

// Every bar is stored once or counted; stored rows are ascending, unique, in the window and
// positive.
inline void check_bar_rules(const History& history) {
  const Window window{parse_date("1990-01-01").value(), parse_date("2030-01-01").value()};
  const Instant now = start_of(parse_date("2026-01-01").value());
  const Accepted accepted = accept(history, window, now);
  std::int64_t left_out = 0;
  for (const auto count : accepted.left_out.by_reason) left_out += count;
  require(accepted.rows.size() + static_cast<std::size_t>(left_out) ==
          history.bars.size() + static_cast<std::size_t>(history.left_out[LeftOut::unreadable]));
  for (std::size_t i = 0; i < accepted.rows.size(); ++i) {
    const PriceRow& row = accepted.rows[i];
    require(i == 0 || accepted.rows[i - 1].date < row.date);
    require(window.contains(row.date));
    require(row.high > 0 && row.low > 0 && row.close > 0 && std::isfinite(row.close));
    require(std::isnan(row.open) || row.open > 0);
    require(row.volume >= 0 || row.volume == kUnknownVolume);
    require(row.dividend >= 0);
  }

  // Merging with itself changes nothing; factors are positive and never fall.
  MergeCounts counts;
  auto merged = merge(accepted.rows, accepted.rows, counts);
  require(!counts.any_change() && merged.size() == accepted.rows.size());
  FactorState state;
  double last = 1;
  chain_factors(merged, state);
  for (const auto& row : merged) {
    require(row.dividend_factor >= last);
    last = row.dividend_factor;
  }
}

}  // namespace signals
