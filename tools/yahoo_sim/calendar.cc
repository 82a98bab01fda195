#include "yahoo_sim/calendar.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace yahoo_sim {
namespace {

using std::chrono::year_month_day;

constexpr std::array kExchanges = {
    Exchange{"", "NMS", "America/New_York", "USD", 570, 960, 60, false, false},
    Exchange{".KS", "KSC", "Asia/Seoul", "KRW", 540, 930, 40000, false, false},
    Exchange{".KQ", "KOE", "Asia/Seoul", "KRW", 540, 930, 9000, false, false},
    Exchange{".L", "LSE", "Europe/London", "GBp", 480, 990, 450, false, false},
    Exchange{".T", "JPX", "Asia/Tokyo", "JPY", 540, 900, 2100, false, false},
    Exchange{".HK", "HKG", "Asia/Hong_Kong", "HKD", 570, 960, 24, false, true},
    Exchange{".AX", "ASX", "Australia/Sydney", "AUD", 600, 960, 9, false, true},
    Exchange{".NZ", "NZE", "Pacific/Auckland", "NZD", 600, 1005, 5, false, false},
    Exchange{".DE", "GER", "Europe/Berlin", "EUR", 540, 1050, 38, false, false},
    Exchange{".SA", "SAO", "America/Sao_Paulo", "BRL", 600, 1020, 19, false, false},
    Exchange{".TA", "TLV", "Asia/Jerusalem", "ILA", 570, 1035, 3200, true, false},
};

struct MonthDay {
  std::string_view suffix;  // "*": everywhere
  unsigned month, day;
};

// Fixed dates only: what matters is that exchanges close on different days.
constexpr MonthDay kHolidays[] = {
    {"*", 1, 1},     {"*", 12, 25},  {"", 7, 4},      {"", 6, 19},    {"", 11, 24},
    {".KS", 3, 1},   {".KS", 5, 5},  {".KS", 8, 15},  {".KS", 10, 3}, {".KS", 10, 9},
    {".KQ", 3, 1},   {".KQ", 5, 5},  {".KQ", 8, 15},  {".KQ", 10, 3}, {".KQ", 10, 9},
    {".L", 12, 26},  {".T", 1, 2},   {".T", 1, 3},    {".T", 5, 3},   {".T", 5, 4},
    {".T", 5, 5},    {".T", 11, 3},  {".T", 12, 31},  {".HK", 2, 1},  {".HK", 2, 2},
    {".HK", 7, 1},   {".HK", 10, 1}, {".AX", 1, 26},  {".AX", 4, 25}, {".AX", 12, 26},
    {".NZ", 2, 6},   {".NZ", 4, 25}, {".NZ", 12, 26}, {".DE", 5, 1},  {".DE", 12, 24},
    {".DE", 12, 31}, {".SA", 4, 21}, {".SA", 5, 1},   {".SA", 9, 7},  {".SA", 10, 12},
    {".SA", 11, 2},  {".TA", 4, 15}, {".TA", 9, 26},  {".TA", 10, 5},
};

const signals::Zone& zone_of(const Exchange& exchange) {
  static const auto zones = [] {
    std::vector<signals::Zone> all;
    for (const auto& one : kExchanges) all.push_back(*signals::Zone::find(one.zone));
    return all;
  }();
  return zones[static_cast<std::size_t>(&exchange - kExchanges.data())];
}

Seconds at_minute(const Exchange& exchange, Date date, int minute) {
  return zone_of(exchange).instant(std::chrono::local_days{date.time_since_epoch()} +
                                   std::chrono::minutes(minute));
}

}  // namespace

std::span<const Exchange> exchanges() { return kExchanges; }

bool is_holiday(const Exchange& exchange, Date date) {
  const year_month_day ymd{date};
  return std::ranges::any_of(kHolidays, [&](const MonthDay& h) {
    return (h.suffix == "*" || h.suffix == exchange.suffix) &&
           h.month == static_cast<unsigned>(ymd.month()) &&
           h.day == static_cast<unsigned>(ymd.day());
  });
}

bool is_weekend(const Exchange& exchange, Date date) {
  const unsigned day = std::chrono::weekday{date}.c_encoding();  // 0 is Sunday
  if (exchange.sunday_to_thursday && signals::year_of(date) < 2026) return day == 5 || day == 6;
  return day == 0 || day == 6;
}

Seconds opening(const Exchange& exchange, Date date) {
  return at_minute(exchange, date, exchange.open_minute);
}

Seconds closing(const Exchange& exchange, Date date) {
  return at_minute(exchange, date, exchange.close_minute);
}

Date local_date(const Exchange& exchange, Instant at) {
  const auto local = zone_of(exchange).local(std::chrono::floor<std::chrono::seconds>(at));
  return Date{std::chrono::floor<std::chrono::days>(local).time_since_epoch()};
}

}  // namespace yahoo_sim
