#include "source/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/text.h"
#include "source/chart_json.h"

namespace signals {
namespace {

using std::chrono::seconds;

// Stamps outside 1800-2200 are damage, and would overflow date arithmetic.
constexpr std::int64_t kEarliest = -5'364'662'400;
constexpr std::int64_t kLatest = 7'258'118'400;

constexpr std::size_t kPageLookedAt = 4096;

tl::unexpected<Error> bad(std::string_view ticker, std::string_view why) {
  return fail(ErrorCode::bad_reply, fmt::format("{}: {}", ticker, why));
}

std::optional<Seconds> stamp(std::int64_t at) {
  if (at < kEarliest || at > kLatest) return std::nullopt;
  return Seconds{seconds(at)};
}

// The error that a status and `error` object stand for; empty when there is none.
std::optional<Error> stated_error(int status, const ChartReply& reply, std::string_view ticker) {
  const std::string& code = reply.error_code;
  const std::string& description = reply.error_text;
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
  SessionClock(Zone zone, const ChartReply& reply) : zone_(zone), end_(stamp(reply.session_end)) {
    if (end_) {
      const auto local = zone_.local(*end_);
      time_of_day_ = local - std::chrono::floor<std::chrono::days>(local);
    }
    const auto traded = stamp(reply.last_trade);
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

// Gives a column that is absent one unknown value per row. False if it is ragged.
template <class T>
bool fill(std::optional<std::vector<T>>& column, std::size_t rows, T unknown) {
  if (!column) column.emplace(rows, unknown);
  return column->size() == rows;
}

bool fill_columns(ChartReply& reply) {
  const std::size_t rows = reply.stamps.size();
  return fill(reply.open, rows, kUnknown) && fill(reply.high, rows, kUnknown) &&
         fill(reply.low, rows, kUnknown) && fill(reply.close, rows, kUnknown) &&
         fill(reply.volume, rows, kUnknownVolume);
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

void read_bars(const ChartReply& reply, SessionClock& clock, History& history) {
  std::vector<Seconds> times;  // of history.bars
  times.reserve(reply.stamps.size());
  history.bars.reserve(reply.stamps.size());
  for (std::size_t i = 0; i < reply.stamps.size(); ++i) {
    const auto at = stamp(reply.stamps[i]);
    if (!at) {
      ++history.left_out[LeftOut::unreadable];
      continue;
    }
    const Date date = clock.date(*at);
    const std::int64_t volume = (*reply.volume)[i];
    times.push_back(*at);
    history.bars.push_back({.date = date,
                            .open = (*reply.open)[i],
                            .high = (*reply.high)[i],
                            .low = (*reply.low)[i],
                            .close = (*reply.close)[i],
                            .volume = volume >= 0 ? volume : kUnknownVolume,
                            .live = clock.live(date),
                            .session_end = clock.end_of(date)});
  }
  if (!std::ranges::is_sorted(times)) sort_by(times, history.bars);
}

void read_events(const ChartReply& reply, SessionClock& clock, History& history) {
  for (const auto& event : reply.events) {
    const auto at = stamp(event.date);
    if (!at) continue;
    const Date date = clock.date(*at);
    const double ratio = event.numerator / event.denominator;
    if (event.kind == ChartEvent::Kind::split) {
      if (std::isfinite(ratio) && ratio > 0) history.splits.push_back({date, ratio});
    } else if (event.amount > 0) {
      history.dividends.push_back({date, event.amount, event.currency});
    }
  }
}

Result<History> to_history(int status, ChartReply reply, std::string_view ticker) {
  if (const auto error = stated_error(status, reply, ticker)) return tl::unexpected(*error);
  if (!reply.has_result) return bad(ticker, "the reply has no chart.result");
  if (!reply.has_meta) return bad(ticker, "the reply has no meta");
  if (lower(reply.symbol) != lower(ticker)) {
    return bad(ticker, fmt::format("the reply is for '{}'", one_line(reply.symbol, 30)));
  }
  if (!reply.granularity.empty() && reply.granularity != "1d") {
    return bad(ticker, fmt::format("the reply has '{}' bars", one_line(reply.granularity, 10)));
  }
  const auto zone = Zone::find(reply.zone);
  if (!zone) return bad(ticker, fmt::format("no time zone '{}'", one_line(reply.zone, 40)));

  History history;
  history.symbol = reply.symbol;
  history.currency = Label{reply.currency};
  history.exchange = Label{reply.exchange};
  history.zone = reply.zone;
  history.instrument = reply.instrument;
  history.name = reply.long_name.empty() ? reply.short_name : reply.long_name;
  if (const auto first = stamp(reply.first_trade)) {
    history.first_trade_date = zone->session_date(*first);
  }
  SessionClock clock(*zone, reply);
  read_events(reply, clock, history);
  if (reply.stamps.empty()) return history;
  if (!reply.has_quote || !fill_columns(reply)) {
    return bad(ticker, "its price arrays are of unequal length");
  }
  read_bars(reply, clock, history);
  return history;
}

}  // namespace

Result<History> read_chart(int status, std::string body, std::string_view ticker) {
  if (const auto error = status_error(status, body, ticker)) return tl::unexpected(*error);
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || body[first] != '{') {
    if (status == 404) {
      return fail(ErrorCode::unknown_ticker, fmt::format("{}: HTTP 404", ticker));
    }
    return bad(ticker, body.empty() ? std::string("the reply is empty")
                                    : fmt::format("the reply is not JSON: {}", one_line(body, 40)));
  }
  auto reply = parse_chart(std::move(body));
  if (!reply) return bad(ticker, reply.error().what);
  return to_history(status, std::move(*reply), ticker);
}

}  // namespace signals
