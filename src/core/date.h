// Session dates and instants, their text forms, and the local date of an instant in a time zone.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace signals {

// A calendar date: days since 1970-01-01, without a time zone.
using Date = std::chrono::sys_days;

// A point in time, UTC.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Seconds = std::chrono::sys_seconds;

// "YYYY-MM-DD".
std::string to_string(Date date);

// "YYYY-MM-DDTHH:MM:SSZ".
std::string to_string(Instant at);

// Reads YYYY-MM-DD, or YYMMDD as the original project wrote it (69-99 is 19YY). A date that the
// calendar does not have is bad_date.
Result<Date> parse_date(std::string_view text);

// Reads a date, a date with a time (`2022-10-21T20:30[:15][Z]`, UTC) or `now`'s replacement in
// seconds since 1970. bad_date otherwise.
Result<Instant> parse_instant(std::string_view text);

int year_of(Date date);

// The instant at which `date` begins in UTC.
inline Instant start_of(Date date) { return Instant{date.time_since_epoch()}; }

// The release of the system's tz database, as in 2026a; "unknown" when it does not say.
std::string time_zone_release();

// A time zone of the tz database, by IANA name.
class Zone {
 public:
  // Empty when the system's tz database does not have the name.
  static std::optional<Zone> find(std::string_view name);

  // Time of day and date on the wall clocks of the zone.
  [[nodiscard]] std::chrono::local_seconds local(Seconds at) const;

  // The session date of a daily bar stamped `at`: the local date, or the next day when the local
  // time is 22:00 or 23:00 sharp (a midnight stamp that a daylight-saving change moved back).
  [[nodiscard]] Date session_date(Seconds at) const;

  // What is added to UTC from `begin` on, until `end`.
  struct Offset {
    Seconds begin{}, end{};
    std::chrono::seconds value{};
  };
  [[nodiscard]] Offset offset_at(Seconds at) const;

  // The instant of a local time; of two (clocks set back) the earlier.
  [[nodiscard]] Seconds instant(std::chrono::local_seconds local) const;

 private:
  explicit Zone(const void* zone) : zone_(zone) {}
  const void* zone_;  // date::time_zone, kept out of this header: it costs a second to compile
};

// The same as a Zone's, for many times that lie close together: it remembers the offset between two
// changes of the clocks.
class ZoneCursor {
 public:
  explicit ZoneCursor(Zone zone) : zone_(zone) {}
  [[nodiscard]] Date session_date(Seconds at);
  [[nodiscard]] Seconds instant(std::chrono::local_seconds local_time);

 private:
  Zone zone_;
  Zone::Offset offset_{};
};

}  // namespace signals
