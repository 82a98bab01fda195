// The explorer: bars, events and indicators of some tickers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lake/tables/feature_rows.h"
#include "lake/tables/quality.h"
#include "lake/tables/restatements.h"
#include "report/packed_column.h"
#include "report/sections.h"

namespace signals {
namespace {

constexpr std::size_t kTickers = 36;  // of the sample, unless there are more countries
constexpr std::size_t kMostSessions = 260, kLeastSessions = 60;
constexpr std::size_t kBytesOfBar = 48, kBytesOfTicker = 900;
constexpr std::ptrdiff_t kTurnoverRows = 60;

struct Chosen {
  std::string ticker, name, country;
};

// What was traded lately, by ticker, in its own currency.
Result<std::map<std::string, double>> turnovers(const Table& prices, const TableState& state) {
  std::map<std::string, double> found;
  if (state.files.empty()) return found;
  const int newest = std::ranges::max(state.files, {}, &DataFile::last_date).partition.year;
  for (const auto& file : state.files) {
    if (file.partition.year != newest) continue;
    SIGNALS_ASSIGN(const auto tickers, read_prices(prices, file));
    for (const auto& one : tickers) {
      const auto rows = static_cast<std::ptrdiff_t>(one.rows.size());
      double sum = 0;
      for (auto row = one.rows.end() - std::min(rows, kTurnoverRows); row != one.rows.end();
           ++row) {
        if (row->volume != kUnknownVolume) sum += row->close * static_cast<double>(row->volume);
      }
      found[one.ticker] = sum;
    }
  }
  return found;
}

// The tickers of each country (of each exchange, where there is no universe) that trade most.
Result<std::vector<Chosen>> sample(LakeFacts& facts, const Table& prices, const TableState& state) {
  SIGNALS_ASSIGN(const auto turnover, turnovers(prices, state));
  std::map<std::string, std::vector<std::pair<double, Chosen>>> countries;
  const auto universe = facts.universe();
  if (universe) {
    const Date d = facts.request().d;
    for (const auto number : (*universe)->members.at(d).names) {
      const MemberName& member = (*universe)->members.names()[number];
      const std::string symbol((*universe)->symbols.symbol_of(member, d));
      const auto traded = turnover.find(symbol);
      if (traded == turnover.end()) continue;
      const std::string country(country_of(member.numerai_ticker));
      countries[country].push_back({traded->second, {symbol, member.numerai_ticker, country}});
    }
  }
  if (countries.empty()) {
    for (const auto& [ticker, sum] : turnover) {
      SIGNALS_ASSIGN(const std::string exchange, facts.exchange_of(ticker));
      countries[exchange].push_back({sum, {ticker, "", exchange}});
    }
  }
  std::vector<Chosen> chosen;
  const std::size_t each =
      std::max<std::size_t>(1, kTickers / std::max<std::size_t>(1, countries.size()));
  for (auto& [country, names] : countries) {
    std::ranges::stable_sort(names, std::ranges::greater(),
                             [](const auto& one) { return one.first; });
    names.resize(std::min(names.size(), each));
    for (auto& one : names) chosen.push_back(std::move(one.second));
  }
  return chosen;
}

Result<std::vector<Chosen>> wanted(LakeFacts& facts) {
  std::map<std::string, std::string> names;  // Numerai's, by symbol
  const auto universe = facts.universe();
  if (universe) {
    for (const auto& row : (*universe)->symbols.rows()) names[row.yahoo] = row.numerai_ticker;
  }
  std::vector<Chosen> chosen;
  for (const auto& ticker : facts.request().tickers) {
    SIGNALS_ASSIGN(const std::string exchange, facts.exchange_of(ticker));
    const std::string name = names[ticker];
    chosen.push_back({ticker, name, name.empty() ? exchange : std::string(country_of(name))});
  }
  return chosen;
}

using Tickers = std::set<std::string, std::less<>>;

Result<std::map<std::string, std::vector<PriceRow>>> bars_of(const Table& prices,
                                                             const TableState& state,
                                                             const Tickers& tickers, Date from) {
  std::map<std::string, std::vector<PriceRow>> bars;
  std::set<int> buckets;
  for (const auto& ticker : tickers) buckets.insert(bucket_of(ticker));
  std::vector<DataFile> files;
  for (const auto& file : state.files) {
    const bool some = buckets.contains(file.partition.bucket) && file.last_date >= from;
    if (some) files.push_back(file);
  }
  std::ranges::sort(files, {}, &DataFile::first_date);
  for (const auto& file : files) {
    SIGNALS_ASSIGN(const auto all, read_prices(prices, file));
    for (const auto& one : all) {
      if (!tickers.contains(one.ticker)) continue;
      auto& rows = bars[one.ticker];
      std::ranges::copy_if(one.rows, std::back_inserter(rows),
                           [&](const PriceRow& row) { return row.date >= from; });
    }
  }
  return bars;
}

// What happened to each ticker: [date, kind, value].
Result<std::map<std::string, Json>> events_of(LakeFacts& facts, const Tickers& tickers, Date from) {
  std::map<std::string, Json> events;
  SIGNALS_ASSIGN(const TableState* quality, facts.table(kQualityTable));
  const Table table(facts.lake(), kQualityTable);
  for (const auto& file : quality->files) {
    if (file.last_date < from) continue;
    SIGNALS_ASSIGN(const auto rows, read_quality(table, file));
    for (const auto& row : rows) {
      if (row.date < from || !tickers.contains(row.ticker)) continue;
      events[row.ticker].push_back({to_string(row.date), row.flag, rounded(row.value)});
    }
  }
  SIGNALS_ASSIGN(const TableState* restated, facts.table(kRestatementsTable));
  SIGNALS_ASSIGN(const auto rows,
                 read_restatements(Table(facts.lake(), kRestatementsTable), *restated));
  for (const auto& row : rows) {
    const Date seen = std::chrono::floor<std::chrono::days>(row.seen_on);
    if (seen < from || !tickers.contains(row.ticker)) continue;
    events[row.ticker].push_back({to_string(seen), "restated: " + row.reason, rounded(row.factor)});
  }
  return events;
}

// Bars as columns; the days are told by their distance from the one before.
Json columns_of(std::span<const PriceRow> rows, Json& events) {
  Json days = Json::array(), volume = Json::array();
  std::array<Json, 4> prices{Json::array(), Json::array(), Json::array(), Json::array()};
  Date before{};
  for (const auto& row : rows) {
    days.push_back((row.date - before).count());
    before = row.date;
    const std::array<double, 4> values = {row.open, row.high, row.low, row.close};
    for (std::size_t i = 0; i < 4; ++i) prices[i].push_back(rounded(values[i], 7));
    volume.push_back(row.volume == kUnknownVolume ? Json() : Json(row.volume));
    if (row.dividend != 0) {
      events.push_back({to_string(row.date), "dividend", rounded(row.dividend)});
    }
    if (row.split_ratio != 1) {
      events.push_back({to_string(row.date), "split", rounded(row.split_ratio)});
    }
  }
  return {{"days", days},     {"open", prices[0]},  {"high", prices[1]},
          {"low", prices[2]}, {"close", prices[3]}, {"volume", volume}};
}

// The indicators of a ticker on the dates of its bars.
Json indicators_of(const TickerRows& features, std::span<const PriceRow> rows) {
  Json packed = Json::array();
  for (const auto& column : features.columns) {
    std::vector<double> values;
    for (const auto& row : rows) {
      const auto at = std::ranges::lower_bound(features.dates, row.date);
      const bool there = at != features.dates.end() && *at == row.date;
      values.push_back(there ? column[static_cast<std::size_t>(at - features.dates.begin())]
                             : kUnknown);
    }
    const PackedColumn one = pack_column(values);
    packed.push_back({rounded(one.low, 9), rounded(one.high, 9), one.text});
  }
  return packed;
}

std::string company(const Symbols& symbols, const std::string& ticker) {
  const auto known = symbols.find(ticker);
  return known == symbols.end() ? "" : known->second.name;
}

// Lags are the same column some rows before.
bool is_lag(const std::string& column) {
  const auto at = column.rfind("_lag");
  return at != std::string::npos && at + 4 < column.size() &&
         column.find_first_not_of("0123456789", at + 4) == std::string::npos;
}

}  // namespace

Result<Json> explorer_section(LakeFacts& facts, std::size_t most_bytes) {
  SIGNALS_ASSIGN(const TableState* state, facts.table(kPricesTable));
  if (state->files.empty()) return empty_section("no bars yet: `signals load` brings them");
  const Table prices(facts.lake(), kPricesTable);
  SIGNALS_ASSIGN(auto chosen,
                 facts.request().tickers.empty() ? sample(facts, prices, *state) : wanted(facts));
  SIGNALS_ASSIGN(const std::string name, feature_table(facts, false));
  std::vector<std::string> columns;
  if (!name.empty()) {
    SIGNALS_ASSIGN(const TableState* features, facts.table(name));
    columns = feature_columns(*features);
    std::erase_if(columns, is_lag);
  }
  // Two bytes a value, four letters for three bytes; and the bounds of each column.
  const std::size_t of_session = kBytesOfBar + columns.size() * 8 / 3;
  const std::size_t of_ticker = kBytesOfTicker + columns.size() * 34;
  const std::size_t least = of_session * kLeastSessions + of_ticker;
  const std::size_t shown = std::min(chosen.size(), most_bytes / least);
  const std::size_t left_out = chosen.size() - shown;
  chosen.resize(shown);
  if (chosen.empty()) return empty_section("no ticker to show");
  const std::size_t sessions =
      std::clamp((most_bytes / shown - of_ticker) / of_session, kLeastSessions, kMostSessions);
  const Date last = std::ranges::max(state->files, {}, &DataFile::last_date).last_date;
  const Date from = last - std::chrono::days(sessions * 3 / 2 + 30);
  Tickers tickers;
  for (const auto& one : chosen) tickers.insert(one.ticker);
  SIGNALS_ASSIGN(auto bars, bars_of(prices, *state, tickers, from));
  SIGNALS_ASSIGN(auto events, events_of(facts, tickers, from));
  std::map<std::string, TickerRows, std::less<>> features;
  if (!columns.empty()) {
    SIGNALS_ASSIGN(const TableState* of, facts.table(name));
    SIGNALS_ASSIGN(features,
                   read_ticker_rows(Table(facts.lake(), name), *of, tickers, from, columns));
  }
  const auto symbols = facts.symbols();
  Json list = Json::array();
  for (const auto& one : chosen) {
    const auto& all = bars[one.ticker];
    const std::span<const PriceRow> rows(
        all.end() - static_cast<std::ptrdiff_t>(std::min(sessions, all.size())), all.end());
    Json happened = Json::array();
    Json ticker = {{"ticker", one.ticker},
                   {"numerai", one.name},
                   {"country", one.country},
                   {"name", symbols ? company(**symbols, one.ticker) : ""},
                   {"currency", rows.empty() ? "" : std::string(rows.back().currency.view())},
                   {"exchange", rows.empty() ? "" : std::string(rows.back().exchange.view())}};
    ticker.update(columns_of(rows, happened));
    if (!rows.empty()) {
      for (const auto& event : events[one.ticker]) {
        if (event[0].get<std::string>() >= to_string(rows.front().date)) happened.push_back(event);
      }
    }
    ticker["events"] = std::move(happened);
    ticker["indicators"] = indicators_of(features[one.ticker], rows);
    list.push_back(std::move(ticker));
  }
  return Json{{"state", "ok"},        {"table", name},      {"sessions", sessions},
              {"left_out", left_out}, {"columns", columns}, {"tickers", list}};
}

}  // namespace signals
