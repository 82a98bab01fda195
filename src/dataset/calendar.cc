#include "dataset/calendar.h"

#include <algorithm>
#include <array>
#include <utility>

namespace signals {
namespace {

using std::chrono::days;

constexpr std::array<std::pair<std::string_view, Calendar>, 3> kCalendars = {
    {{"weekly", Calendar::weekly}, {"daily", Calendar::daily}, {"both", Calendar::both}}};

// A round opens at noon UTC of the day after its date, or a little later.
constexpr std::chrono::hours kRoundIsOpen{15};

bool in_calendar(Calendar calendar, Date daily_since, Date date) {
  switch (calendar) {
    case Calendar::weekly:
      return is_weekly(date);
    case Calendar::daily:
      return is_weekday(date);
    case Calendar::both:
      return is_weekly(date) || (date >= daily_since && is_weekday(date));
  }
  return false;
}

}  // namespace

std::optional<Calendar> find_calendar(std::string_view name) {
  for (const auto& [word, calendar] : kCalendars) {
    if (word == name) return calendar;
  }
  return std::nullopt;
}

std::string_view to_string(Calendar calendar) {
  return std::ranges::find(kCalendars, calendar, [](const auto& row) { return row.second; })->first;
}

bool is_weekday(Date date) { return std::chrono::weekday(date).iso_encoding() <= 5; }

std::vector<Date> calendar_dates(Calendar calendar, Date daily_since, Date first, Date last) {
  std::vector<Date> dates;
  for (Date date = first; date <= last; date += days(1)) {
    if (in_calendar(calendar, daily_since, date)) dates.push_back(date);
  }
  return dates;
}

Instant sessions_end(Date date) {
  static const auto zone = Zone::find("America/New_York");
  // Without a tz database: the later of New York's two offsets.
  if (!zone) return date + std::chrono::hours(22);
  return zone->instant(std::chrono::local_days(date.time_since_epoch()) + std::chrono::hours(17));
}

Date round_date(Instant now) {
  Date date = std::chrono::floor<days>(now);
  while (!is_weekday(date) || now < sessions_end(date)) date -= days(1);
  return date;
}

Date round_date(Instant now, std::optional<Date> newest_round) {
  const Date date = round_date(now);
  if (!newest_round || *newest_round >= date) return date;
  return now < date + days(1) + kRoundIsOpen ? date : *newest_round;
}

}  // namespace signals
