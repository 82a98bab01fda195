// The dates that `dataset` has rows for, and the date of the round that is open.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/date.h"

namespace signals {

enum class Calendar {
  weekly,  // Fridays
  daily,   // every weekday
  both,    // Fridays, and every weekday once rounds were daily
};

// weekly, daily or both; empty for another word.
std::optional<Calendar> find_calendar(std::string_view name);
std::string_view to_string(Calendar calendar);

// Rounds have been daily since the one of this date.
inline constexpr Date kDailySince = std::chrono::year(2022) / 10 / 25;

bool is_weekday(Date date);
inline bool is_weekly(Date date) { return std::chrono::weekday(date) == std::chrono::Friday; }

// The calendar's dates in [first, last], ascending. A date counts whether or not a market was open.
std::vector<Date> calendar_dates(Calendar calendar, Date daily_since, Date first, Date last);

// When the last session of a date is over: 17:00 in New York.
Instant sessions_end(Date date);

// D, the date of the round: the last weekday whose 17:00 in New York has passed.
Date round_date(Instant now);

// The same when Numerai says of which date its newest round is: the clock's, until Numerai should
// have opened a round of it and has not; then the newest round's.
Date round_date(Instant now, std::optional<Date> newest_round);

}  // namespace signals
