#include "core/date.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <stdexcept>

namespace signals {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

// All of `text` as a non-negative number.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

// The date of a bar that is stamped with this local time.
Date session_date_of(std::chrono::local_seconds local_time) {
  const auto date = std::chrono::floor<std::chrono::days>(local_time);
  const auto minute = std::chrono::floor<std::chrono::minutes>(local_time - date).count();
  const bool midnight_moved_back = minute == 22 * 60 || minute == 23 * 60;
  return Date{date.time_since_epoch() + std::chrono::days(midnight_moved_back ? 1 : 0)};
}

const date::time_zone* tz(const void* zone) { return static_cast<const date::time_zone*>(zone); }

}  // namespace

std::string to_string(Date date) {
  const year_month_day ymd{date};
  return fmt::format("{:04d}-{:02d}-{:02d}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
}

std::string to_string(Instant at) {
  const auto date = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - date)};
  return fmt::format("{}T{:02d}:{:02d}:{:02d}Z", to_string(date), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

Result<Date> parse_date(std::string_view text) {
  std::optional<int> y, m, d;
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    y = digits(text.substr(0, 4));
    m = digits(text.substr(5, 2));
    d = digits(text.substr(8, 2));
  } else if (text.size() == 6) {
    y = digits(text.substr(0, 2));
    m = digits(text.substr(2, 2));
    d = digits(text.substr(4, 2));
    if (y) *y += *y >= 69 ? 1900 : 2000;
  }
  if (y && m && d) {
    const year_month_day ymd{year{*y}, month{static_cast<unsigned>(*m)},
                             day{static_cast<unsigned>(*d)}};
    if (ymd.ok()) return Date{ymd};
  }
  return fail(ErrorCode::bad_date, fmt::format("'{}' is not a date", text));
}

Result<Instant> parse_instant(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::bad_date,
                fmt::format("'{}' is not a time (2022-10-21, 2022-10-21T20:30:00Z)", text));
  };
  std::string_view rest = text;
  if (rest.size() > 10) {
    const auto date = parse_date(rest.substr(0, 10));
    if (!date || (rest[10] != 'T' && rest[10] != ' ')) return bad();
    rest.remove_prefix(11);
    if (!rest.empty() && rest.back() == 'Z') rest.remove_suffix(1);
    if (rest.size() != 5 && rest.size() != 8) return bad();
    const auto h = digits(rest.substr(0, 2));
    const auto m = digits(rest.substr(3, 2));
    const auto s = rest.size() == 8 ? digits(rest.substr(6, 2)) : std::optional(0);
    if (!h || !m || !s || *h > 23 || *m > 59 || *s > 59 || rest[2] != ':' ||
        (rest.size() == 8 && rest[5] != ':')) {
      return bad();
    }
    return start_of(*date) + std::chrono::hours(*h) + std::chrono::minutes(*m) +
           std::chrono::seconds(*s);
  }
  const auto date = parse_date(text);
  if (!date) return bad();
  return start_of(*date);
}

int year_of(Date date) { return static_cast<int>(year_month_day{date}.year()); }

std::string time_zone_release() {
  std::ifstream names("/usr/share/zoneinfo/tzdata.zi");
  constexpr std::string_view kBegin = "# version ";
  std::string line;
  if (std::getline(names, line) && line.starts_with(kBegin)) return line.substr(kBegin.size());
  try {
    return date::get_tzdb().version;
  } catch (const std::runtime_error&) {
    return "unknown";
  }
}

std::optional<Zone> Zone::find(std::string_view name) {
  try {
    return Zone{date::locate_zone(std::string(name))};
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

std::chrono::local_seconds Zone::local(Seconds at) const {
  return std::chrono::local_seconds{tz(zone_)->to_local(at).time_since_epoch()};
}

Zone::Offset Zone::offset_at(Seconds at) const {
  const auto info = tz(zone_)->get_info(at);
  return {info.begin, info.end, info.offset};
}

Date Zone::session_date(Seconds at) const { return session_date_of(local(at)); }

Seconds Zone::instant(std::chrono::local_seconds local_time) const {
  return tz(zone_)->to_sys(date::local_seconds{local_time.time_since_epoch()},
                           date::choose::earliest);
}

Date ZoneCursor::session_date(Seconds at) {
  if (at < offset_.begin || at >= offset_.end) offset_ = zone_.offset_at(at);
  return session_date_of(std::chrono::local_seconds{(at + offset_.value).time_since_epoch()});
}

Seconds ZoneCursor::instant(std::chrono::local_seconds local_time) {
  // Near a change a local time may come twice, or never: that is for the zone to decide.
  constexpr std::chrono::days kNear{2};
  const Seconds at = Seconds{local_time.time_since_epoch()} - offset_.value;
  if (at - kNear >= offset_.begin && at + kNear < offset_.end) return at;
  return zone_.instant(local_time);
}

}  // namespace signals
