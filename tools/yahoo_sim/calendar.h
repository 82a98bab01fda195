// The simulated exchanges: hours, time zones, weekends and holidays.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/date.h"

namespace yahoo_sim {

using signals::Date;
using signals::Instant;
using signals::Seconds;

struct Exchange {
  std::string_view suffix;        // of its tickers; "" for US ones
  std::string_view name;          // as Yahoo's meta.exchangeName
  std::string_view zone;          // IANA
  std::string_view currency;      // as Yahoo writes it: GBp is pence
  int open_minute, close_minute;  // local time of day
  double price;                   // a typical one, in its currency
  bool sunday_to_thursday;        // before 2026 in Tel Aviv
  bool copies_on_holidays;        // serves flat copies of the last bar on some holidays
};

std::span<const Exchange> exchanges();

bool is_holiday(const Exchange& exchange, Date date);
bool is_weekend(const Exchange& exchange, Date date);
inline bool is_session(const Exchange& exchange, Date date) {
  return !is_weekend(exchange, date) && !is_holiday(exchange, date);
}

// When the session of `date` opens and closes.
Seconds opening(const Exchange& exchange, Date date);
Seconds closing(const Exchange& exchange, Date date);

// The exchange's local date at an instant.
Date local_date(const Exchange& exchange, Instant at);

}  // namespace yahoo_sim
