#include "yahoo_sim/chart_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace yahoo_sim {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t unix_time(Seconds at) { return at.time_since_epoch().count(); }

Json meta_of(const Company& company, const Series& series) {
  const auto& exchange = *company.exchange;
  const auto period = [&](Seconds start, Seconds end) {
    return Json{{"timezone", "SIM"},
                {"start", unix_time(start)},
                {"end", unix_time(end)},
                {"gmtoffset", 0}};
  };
  return {{"currency", exchange.currency},
          {"symbol", company.ticker},
          {"exchangeName", exchange.name},
          {"instrumentType", company.instrument},
          {"firstTradeDate", unix_time(opening(exchange, company.listed))},
          {"regularMarketTime", unix_time(series.traded)},
          {"gmtoffset", 0},
          {"timezone", "SIM"},
          {"exchangeTimezoneName", exchange.zone},
          {"longName", fmt::format("Simulated {} plc", company.name)},
          {"currentTradingPeriod",
           {{"pre", period(series.session_open, series.session_open)},
            {"regular", period(series.session_open, series.session_close)},
            {"post", period(series.session_close, series.session_close)}}},
          {"dataGranularity", "1d"},
          {"range", ""}};
}

// One JSON array of numbers and nulls.
class Column {
 public:
  template <class T>
  void add(T value, bool null) {
    if (null) {
      fmt::format_to(std::back_inserter(text_), "{}null", separator());
    } else {
      fmt::format_to(std::back_inserter(text_), "{}{}", separator(), value);
    }
  }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string text() const { return "[" + text_ + "]"; }

 private:
  [[nodiscard]] const char* separator() const { return text_.empty() ? "" : ","; }
  std::string text_;
};

// adjclose: later dividends taken off, as Yahoo does.
std::vector<double> adjusted(const std::vector<Bar>& bars, const std::vector<Event>& dividends) {
  std::vector<double> result(bars.size());
  double factor = 1;
  auto dividend = dividends.rbegin();
  for (std::size_t i = bars.size(); i-- > 0;) {
    result[i] = bars[i].close * factor;
    if (dividend != dividends.rend() && dividend->date == bars[i].date) {
      if (i > 0) factor *= 1 - dividend->value / bars[i - 1].close;
      ++dividend;
    }
  }
  return result;
}

}  // namespace

Reply error_reply(int status, const std::string& code, const std::string& description) {
  const Json body = {
      {"chart", {{"result", nullptr}, {"error", {{"code", code}, {"description", description}}}}}};
  return {status, body.dump()};
}

Reply chart_reply(const Market& market, const std::string& symbol, std::int64_t period1,
                  std::int64_t period2) {
  const Company* company = market.find(symbol);
  if (company == nullptr || market.gone(*company)) {
    return error_reply(404, "Not Found", "No data found, symbol may be delisted");
  }
  if (period1 >= period2) {
    return error_reply(400, "Bad Request",
                       fmt::format("Invalid input - start date cannot be after end date. "
                                   "startDate = {}, endDate = {}",
                                   period1, period2));
  }
  const Series series = market.series(*company);
  if (series.bars.empty() || period2 <= unix_time(series.bars.front().stamp)) {
    return error_reply(
        400, "Bad Request",
        fmt::format("Data doesn't exist for startDate = {}, endDate = {}", period1, period2));
  }

  // The arrays are written as text: a JSON tree of a long history is slow to build.
  const auto adjclose = adjusted(series.bars, series.dividends);
  Column stamps, open, high, low, close, volume, adjusted_close;
  for (std::size_t i = 0; i < series.bars.size(); ++i) {
    const Bar& bar = series.bars[i];
    const std::int64_t stamp = unix_time(bar.stamp);
    if (!bar.live && (stamp < period1 || stamp >= period2)) continue;
    stamps.add(stamp, false);
    open.add(bar.open, bar.null);
    high.add(bar.high, bar.null);
    low.add(bar.low, bar.null);
    close.add(bar.close, bar.null);
    volume.add(bar.volume, bar.null);
    adjusted_close.add(adjclose[i], bar.null);
  }

  Json result = {{"meta", meta_of(*company, series)}};
  Json dividends = Json::object(), splits = Json::object();
  const auto each = [&](const std::vector<Event>& events, const auto& add) {
    for (const auto& event : events) {
      const std::int64_t at = unix_time(opening(*company->exchange, event.date));
      if (at >= period1 && at < period2) add(at, event.value);
    }
  };
  each(series.dividends, [&](std::int64_t at, double value) {
    dividends[std::to_string(at)] = {{"amount", value}, {"date", at}};
  });
  each(series.splits, [&](std::int64_t at, double value) {
    const bool merges = value < 1;
    splits[std::to_string(at)] = {{"date", at},
                                  {"numerator", merges ? 1.0 : value},
                                  {"denominator", merges ? 1 / value : 1.0},
                                  {"splitRatio", "x"}};
  });
  if (!dividends.empty()) result["events"]["dividends"] = dividends;
  if (!splits.empty()) result["events"]["splits"] = splits;
  std::string head = result.dump();
  head.pop_back();  // the closing brace; the arrays follow
  if (stamps.empty()) {
    head += R"(,"indicators":{"quote":[{}],"adjclose":[{}]})";
  } else {
    head += fmt::format(
        R"(,"timestamp":{},"indicators":{{"quote":[{{"volume":{},"close":{},"open":{},"low":{},)"
        R"("high":{}}}],"adjclose":[{{"adjclose":{}}}]}})",
        stamps.text(), volume.text(), close.text(), open.text(), low.text(), high.text(),
        adjusted_close.text());
  }
  return {200, fmt::format(R"({{"chart":{{"result":[{}}}],"error":null}}}})", head)};
}

}  // namespace yahoo_sim
