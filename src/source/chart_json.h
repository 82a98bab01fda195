// A reply of Yahoo's v8/chart as it stands there, before anything is made of it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bar.h"
#include "core/result.h"

namespace signals {

inline constexpr std::int64_t kNoNumber = std::numeric_limits<std::int64_t>::min();

struct ChartEvent {
  enum class Kind { cash, split };
  Kind kind = Kind::cash;
  std::int64_t date = kNoNumber;  // seconds since 1970, as all dates here
  double amount = kUnknown;
  double numerator = kUnknown, denominator = kUnknown;  // of a split
  Label currency{};
};

// Numbers that are not there, or are none, are kNoNumber and kUnknown; words are empty.
struct ChartReply {
  std::string error_code, error_text;  // what it says went wrong

  bool has_result = false, has_meta = false, has_quote = false;
  std::string symbol, granularity, zone, currency, exchange, instrument, long_name, short_name;
  std::int64_t first_trade = kNoNumber, last_trade = kNoNumber, session_end = kNoNumber;

  std::vector<ChartEvent> events;
  std::vector<std::int64_t> stamps;
  std::optional<std::vector<double>> open, high, low, close;  // none: there is no such array
  std::optional<std::vector<std::int64_t>> volume;
};

// bad_reply, with the reason alone, if it is no JSON (numbers that nobody wants, the adjusted
// closes above all, are not looked at), is cut short, or has twice what may be there once. Infinity
// and NaN, which JSON does not have, are kUnknown. `body` needs no copy when it has room for 64
// bytes more.
Result<ChartReply> parse_chart(std::string body);

// The version of what reads JSON.
std::string json_library();

}  // namespace signals
