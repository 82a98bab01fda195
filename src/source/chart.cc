#include "source/chart.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/text.h"

namespace signals {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;
using std::chrono::seconds;

// Stamps outside 1800-2200 are damage, and would overflow date arithmetic.
constexpr std::int64_t kEarliest = -5'364'662'400;
constexpr std::int64_t kLatest = 7'258'118'400;

constexpr std::size_t kPageLookedAt = 4096;

tl::unexpected<Error> bad(std::string_view ticker, std::string_view why) {
  return fail(ErrorCode::bad_reply, fmt::format("{}: {}", ticker, why));
}

std::optional<std::int64_t> integer(simdjson::simdjson_result<element> value) {
  if (std::int64_t exact = 0; value.get(exact) == simdjson::SUCCESS) return exact;
  double real = 0;
  if (value.get(real) != simdjson::SUCCESS || !(std::abs(real) < 9.2e18)) return std::nullopt;
  return std::llround(real);
}

std::optional<Seconds> stamp(simdjson::simdjson_result<element> value) {
  const auto at = integer(value);
  if (!at || *at < kEarliest || *at > kLatest) return std::nullopt;
  return Seconds{seconds(*at)};
}

std::string_view text(simdjson::simdjson_result<element> value) {
  std::string_view result;
  return value.get(result) == simdjson::SUCCESS ? result : std::string_view{};
}

double to_price(const element& value) {
  double real = 0;
  return value.get(real) == simdjson::SUCCESS ? real : kUnknown;
}

std::int64_t to_volume(const element& value) {
  const auto shares = integer(element(value));
  return shares && *shares >= 0 ? *shares : kUnknownVolume;
}

// The error that a status and `error` object stand for; empty when there is none.
std::optional<Error> stated_error(int status, const object& root, std::string_view ticker) {
  std::string_view code, description;
  object error;
  for (const auto field : root) {  // "chart", or "finance" for refusals
    if (field.value["error"].get(error) != simdjson::SUCCESS) continue;
    code = text(error["code"]);
    description = text(error["description"]);
  }
  if (code.empty() && status < 400) return std::nullopt;
  const std::string what = fmt::format("{}: HTTP {} {}", ticker, status,
                                       one_line(description.empty() ? code : description, 120));
  if (code == "Unauthorized") return Error{ErrorCode::refused, what};
  if (status == 404 || code == "Not Found") return Error{ErrorCode::unknown_ticker, what};
  if (description.starts_with("Data doesn't exist")) return Error{ErrorCode::no_rows, what};
  return Error{status == 400 || status == 422 ? ErrorCode::bad_request : ErrorCode::bad_reply,
               what};
}

// Pages that mean `not you`, whatever their status is.
bool is_block_page(std::string_view body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || body[first] == '{') return false;
  const std::string page = lower(body.substr(first, kPageLookedAt));
  constexpr std::array kSigns = {"too many requests", "access denied", "captcha",
                                 "unusual traffic",   "consent.yahoo", "guce."};
  return std::ranges::any_of(
      kSigns, [&](const char* sign) { return page.find(sign) != std::string::npos; });
}

std::optional<Error> status_error(int status, std::string_view body, std::string_view ticker) {
  const std::string what = fmt::format("{}: HTTP {} {}", ticker, status, one_line(body, 60));
  // The API itself never redirects: that is a page of terms or a riddle for humans.
  const bool redirect = status >= 300 && status < 400;
  if (status == 401 || status == 403 || status == 429 || status == 999 || redirect ||
      (status != 404 && is_block_page(body))) {
    return Error{ErrorCode::refused, what};
  }
  if (status >= 500) return Error{ErrorCode::http_status, what};
  return std::nullopt;
}

// When the exchange's regular session ends, as far as `meta` tells.
class SessionClock {
 public:
  SessionClock(Zone zone, const object& meta) : zone_(zone) {
    object regular;
    if (meta["currentTradingPeriod"]["regular"].get(regular) == simdjson::SUCCESS) {
      end_ = stamp(regular["end"]);
    }
    if (end_) {
      const auto local = zone_.local(*end_);
      time_of_day_ = local - std::chrono::floor<std::chrono::days>(local);
    }
    const auto traded = stamp(meta["regularMarketTime"]);
    if (traded && end_ && *traded < *end_ &&
        zone_.session_date(*traded) == zone_.session_date(*end_)) {
      live_ = zone_.session_date(*traded);
    }
  }

  [[nodiscard]] Date date(Seconds at) { return cursor_.session_date(at); }

  // The last trade was on this date, and before the end of this very session.
  [[nodiscard]] bool live(Date date) const { return live_ == date; }

  [[nodiscard]] Instant end_of(Date date) {
    return cursor_.instant(std::chrono::local_days{date.time_since_epoch()} + time_of_day_);
  }

 private:
  Zone zone_;
  ZoneCursor cursor_{zone_};
  std::optional<Seconds> end_;
  std::optional<Date> live_;
  seconds time_of_day_{24 * 3600};
};

// The five columns of quote[0], each as long as `timestamp`.
struct Quote {
  std::vector<double> open, high, low, close;
  std::vector<std::int64_t> volume;
};

// Fills `column`, which has one unknown value per row; an absent array leaves them. False if
// ragged.
template <class T>
bool read_column(const object& quote, const char* name, T (*convert)(const element&),
                 std::vector<T>& column) {
  array values;
  if (quote[name].get(values) != simdjson::SUCCESS) return true;
  if (values.size() != column.size()) return false;
  std::size_t row = 0;
  for (const element value : values) column[row++] = convert(value);
  return true;
}

std::optional<Quote> read_quote(const object& result, std::size_t rows) {
  object quote;
  if (result["indicators"]["quote"].at(0).get(quote) != simdjson::SUCCESS) return std::nullopt;
  const std::vector<double> unknown(rows, kUnknown);
  Quote columns{unknown, unknown, unknown, unknown, std::vector(rows, kUnknownVolume)};
  const bool even = read_column(quote, "open", to_price, columns.open) &&
                    read_column(quote, "high", to_price, columns.high) &&
                    read_column(quote, "low", to_price, columns.low) &&
                    read_column(quote, "close", to_price, columns.close) &&
                    read_column(quote, "volume", to_volume, columns.volume);
  return even ? std::optional(std::move(columns)) : std::nullopt;
}

void sort_by(const std::vector<Seconds>& times, std::vector<SourceBar>& bars) {
  std::vector<std::size_t> order(bars.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return times[i]; });
  std::vector<SourceBar> sorted;
  sorted.reserve(bars.size());
  for (const std::size_t i : order) sorted.push_back(bars[i]);
  bars = std::move(sorted);
}

void read_bars(const array& stamps, const Quote& quote, SessionClock& clock, History& history) {
  std::vector<Seconds> times;  // of history.bars
  times.reserve(stamps.size());
  history.bars.reserve(stamps.size());
  std::size_t row = 0;
  for (const element value : stamps) {
    const std::size_t i = row++;
    const auto at = stamp(element(value));
    if (!at) {
      ++history.left_out[LeftOut::unreadable];
      continue;
    }
    const Date date = clock.date(*at);
    times.push_back(*at);
    history.bars.push_back({.date = date,
                            .open = quote.open[i],
                            .high = quote.high[i],
                            .low = quote.low[i],
                            .close = quote.close[i],
                            .volume = quote.volume[i],
                            .live = clock.live(date),
                            .session_end = clock.end_of(date)});
  }
  if (!std::ranges::is_sorted(times)) sort_by(times, history.bars);
}

void read_events(const object& result, SessionClock& clock, History& history) {
  const auto each = [&](const char* kind, const auto& take) {
    object events;
    if (result["events"][kind].get(events) != simdjson::SUCCESS) return;
    for (const auto field : events) {
      object event;
      if (field.value.get(event) != simdjson::SUCCESS) continue;
      if (const auto at = stamp(event["date"])) take(clock.date(*at), event);
    }
  };
  const auto cash = [&](Date date, const object& event) {
    double amount = 0;
    if (event["amount"].get(amount) != simdjson::SUCCESS || !(amount > 0)) return;
    history.dividends.push_back({date, amount, Label{text(event["currency"])}});
  };
  each("dividends", cash);
  each("capitalGains", cash);
  each("splits", [&](Date date, const object& event) {
    double numerator = 0, denominator = 0;
    if (event["numerator"].get(numerator) != simdjson::SUCCESS ||
        event["denominator"].get(denominator) != simdjson::SUCCESS) {
      return;
    }
    const double ratio = numerator / denominator;
    if (std::isfinite(ratio) && ratio > 0) history.splits.push_back({date, ratio});
  });
}

// JSON has no infinity, some encoders write it all the same: such words become null.
std::string without_bare_infinities(std::string_view body) {
  std::string fixed(body);
  for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
    for (auto at = fixed.find(word); at != std::string::npos; at = fixed.find(word, at)) {
      fixed.replace(at, word.size(), "null");
    }
  }
  return fixed;
}

Result<History> read_document(int status, const element& document, std::string_view ticker) {
  object root;
  if (document.get(root) != simdjson::SUCCESS) return bad(ticker, "the reply is not an object");
  if (const auto error = stated_error(status, root, ticker)) return tl::unexpected(*error);

  object result;
  if (root["chart"]["result"].at(0).get(result) != simdjson::SUCCESS) {
    return bad(ticker, "the reply has no chart.result");
  }
  object meta;
  if (result["meta"].get(meta) != simdjson::SUCCESS) return bad(ticker, "the reply has no meta");
  const std::string_view symbol = text(meta["symbol"]);
  if (lower(symbol) != lower(ticker)) {
    return bad(ticker, fmt::format("the reply is for '{}'", one_line(symbol, 30)));
  }
  const std::string_view granularity = text(meta["dataGranularity"]);
  if (!granularity.empty() && granularity != "1d") {
    return bad(ticker, fmt::format("the reply has '{}' bars", one_line(granularity, 10)));
  }
  const std::string_view zone_name = text(meta["exchangeTimezoneName"]);
  const auto zone = Zone::find(zone_name);
  if (!zone) return bad(ticker, fmt::format("no time zone '{}'", one_line(zone_name, 40)));

  History history;
  history.symbol = symbol;
  history.currency = Label{text(meta["currency"])};
  history.exchange = Label{text(meta["exchangeName"])};
  history.zone = zone_name;
  history.instrument = text(meta["instrumentType"]);
  const std::string_view long_name = text(meta["longName"]);
  history.name = long_name.empty() ? text(meta["shortName"]) : long_name;
  if (const auto first = stamp(meta["firstTradeDate"])) {
    history.first_trade_date = zone->session_date(*first);
  }
  SessionClock clock(*zone, meta);
  read_events(result, clock, history);
  array stamps;
  if (result["timestamp"].get(stamps) != simdjson::SUCCESS || stamps.size() == 0) return history;
  const auto quote = read_quote(result, stamps.size());
  if (!quote) return bad(ticker, "its price arrays are of unequal length");
  read_bars(stamps, *quote, clock, history);
  return history;
}

}  // namespace

Result<History> read_chart(int status, std::string_view body, std::string_view ticker) {
  if (const auto error = status_error(status, body, ticker)) return tl::unexpected(*error);
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || body[first] != '{') {
    if (status == 404) {
      return fail(ErrorCode::unknown_ticker, fmt::format("{}: HTTP 404", ticker));
    }
    return bad(ticker, body.empty() ? std::string("the reply is empty")
                                    : fmt::format("the reply is not JSON: {}", one_line(body, 40)));
  }
  // Both keep their memory: a history takes megabytes.
  thread_local simdjson::dom::parser parser;
  thread_local std::string padded;
  const auto parse = [&](std::string_view text) {
    padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    padded.assign(text);
    return parser.parse(padded.data(), padded.size(), false);
  };
  element document;
  auto error = parse(body).get(document);
  if (error != simdjson::SUCCESS) error = parse(without_bare_infinities(body)).get(document);
  if (error != simdjson::SUCCESS) {
    return bad(ticker, fmt::format("the reply is damaged ({})", simdjson::error_message(error)));
  }
  return read_document(status, document, ticker);
}

std::string json_library() {
  return fmt::format("{}.{}.{}", static_cast<int>(simdjson::SIMDJSON_VERSION_MAJOR),
                     static_cast<int>(simdjson::SIMDJSON_VERSION_MINOR),
                     static_cast<int>(simdjson::SIMDJSON_VERSION_REVISION));
}

}  // namespace signals
