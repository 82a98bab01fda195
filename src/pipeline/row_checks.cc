#include "pipeline/row_checks.h"

#include <algorithm>
#include <cmath>

namespace signals {
namespace {

// Prices in another unit are off by 100; the market moves them a little on the same day.
constexpr double kUnitJump = 80;

bool is_unit_jump(double ratio) { return ratio >= kUnitJump || ratio <= 1 / kUnitJump; }

bool in_minor_units(std::string_view currency) {
  return currency == "GBp" || currency == "GBX" || currency == "ZAc" || currency == "ILA";
}

// How far open and close are outside low to high, or low is above high, as a share of the close.
double violation(const PriceRow& row) {
  double most = row.low - row.high;
  for (const double price : {row.open, row.close}) {
    if (std::isfinite(price)) most = std::max({most, price - row.high, row.low - price});
  }
  return most / row.close;
}

}  // namespace

std::vector<RowFlag> check_row(const PriceRow& row, double close_before) {
  std::vector<RowFlag> flags;
  if (const double outside = violation(row); outside > 0) {
    flags.push_back({"ohlc_violation", outside});
  }
  const bool follows = std::isfinite(close_before);
  const double moved = follows ? row.close / close_before : 1;
  if (is_unit_jump(moved)) flags.push_back({"jump", moved});
  if (in_minor_units(row.currency.view())) {
    const double inside = row.high / row.low;
    if (is_unit_jump(moved) || is_unit_jump(inside)) {
      flags.push_back({"minor_units", is_unit_jump(moved) ? moved : inside});
    }
  }
  const bool flat = row.high == row.low && row.high == row.close &&
                    (row.open == row.close || std::isnan(row.open));
  if (follows && flat && row.volume == 0 && row.close == close_before) {
    flags.push_back({"no_trade", kUnknown});
  }
  if (row.dividend > 0 && follows && (row.split_ratio != 1 || row.dividend >= close_before / 2)) {
    flags.push_back({"suspect_dividend", row.dividend / close_before});
  }
  return flags;
}

bool is_holiday_copy(const DayCount& day) {
  return day.names >= kLeastNames && 5 * day.no_trades >= 4 * day.names;
}

std::vector<Date> sessions_of(const DayCounts& days, std::int64_t names) {
  std::vector<Date> dates;
  if (names < kLeastNames) return dates;
  for (const auto& [date, count] : days) {
    if (5 * (count.names - count.no_trades) >= names) dates.push_back(date);
  }
  return dates;
}

}  // namespace signals
