// What is odd about single bars. Pure functions; nothing is altered.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "core/bar.h"

namespace signals {

struct RowFlag {
  std::string_view flag;
  double value;
};

// The flags that a bar has by itself and by the close before it (NaN for the first bar).
std::vector<RowFlag> check_row(const PriceRow& row, double close_before);

// How many names of an exchange have a bar on one date, and how many of these are `no_trade`.
struct DayCount {
  std::int64_t names = 0, no_trades = 0;
};
using DayCounts = std::map<Date, DayCount>;

// With fewer names than this an exchange says nothing about its days.
inline constexpr std::int64_t kLeastNames = 5;

// Whether the flat bars of that day are copies: at least 80 % of the exchange's names did not
// trade.
bool is_holiday_copy(const DayCount& day);

// The dates on which at least 20 % of an exchange's `names` traded.
std::vector<Date> sessions_of(const DayCounts& days, std::int64_t names);

}  // namespace signals
