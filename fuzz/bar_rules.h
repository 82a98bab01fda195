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
  const auto& rows = accepted.fetched.rows;
  std::int64_t left_out = 0;
  for (const auto count : accepted.left_out.by_reason) left_out += count;
  require(rows.size() + static_cast<std::size_t>(left_out) ==
          history.bars.size() + static_cast<std::size_t>(history.left_out[LeftOut::unreadable]));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const PriceRow& row = rows[i];
    require(i == 0 || rows[i - 1].date < row.date);
    require(window.contains(row.date));
    require(row.high > 0 && row.low > 0 && row.close > 0 && std::isfinite(row.close));
    require(std::isnan(row.open) || row.open > 0);
    require(row.volume >= 0 || row.volume == kUnknownVolume);
  }

  // Merged into nothing every row is new; merged once more nothing changes. Factors never fall.
  if (rows.empty()) return;
  TickerMerge first(accepted.fetched), second(accepted.fetched);
  MergeCounts added, kept;
  double last = 1;
  for (int year = first.first_year(); year <= first.last_year(); ++year) {
    const auto merged = first.next_year(year, {}, added);
    (void)second.next_year(year, merged, kept);
    for (const auto& row : merged) {
      require(row.dividend >= 0 && row.split_ratio > 0);
      require(row.dividend_factor >= last);
      last = row.dividend_factor;
    }
  }
  require(added.added == static_cast<std::int64_t>(rows.size()) && added.changed == 0);
  require(!kept.any_change() && kept.kept == added.added);
}

}  // namespace signals
