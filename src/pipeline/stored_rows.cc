#include "pipeline/stored_rows.h"

#include <algorithm>
#include <set>

#include "lake/tables/bar_reader.h"
#include "lake/tables/prices.h"

namespace signals {
namespace {

bool overlap(const Window& window, const DataFile& file) {
  return window.from <= file.last_date && file.first_date < window.to;
}

std::vector<DataFile> by_date(const TableState& state) {
  std::vector<DataFile> files = state.files;
  std::ranges::sort(files, {}, &DataFile::first_date);
  return files;
}

}  // namespace

Result<std::map<std::string, std::vector<PriceRow>>> read_rows(const Table& prices,
                                                               const TableState& state,
                                                               const Wanted& wanted) {
  std::map<std::string, std::vector<PriceRow>> rows;
  for (const auto& file : by_date(state)) {
    const bool needed = std::ranges::any_of(wanted, [&](const auto& one) {
      return bucket_of(one.first) == file.partition.bucket &&
             std::ranges::any_of(one.second, [&](const Window& w) { return overlap(w, file); });
    });
    if (!needed) continue;
    SIGNALS_ASSIGN(const auto tickers, read_prices(prices, file));
    for (const auto& bars : tickers) {
      const auto found = wanted.find(bars.ticker);
      if (found == wanted.end()) continue;
      for (const auto& row : bars.rows) {
        const bool in_one = std::ranges::any_of(
            found->second, [&](const Window& window) { return window.contains(row.date); });
        if (in_one) rows[bars.ticker].push_back(row);
      }
    }
  }
  return rows;
}

Result<std::map<std::string, std::vector<DatedClose>>> read_closes(
    const Table& prices, const TableState& state, const std::vector<std::string>& tickers) {
  std::map<std::string, std::vector<DatedClose>> closes;
  std::map<int, std::set<std::string, std::less<>>> buckets;
  for (const auto& ticker : tickers) buckets[bucket_of(ticker)].insert(ticker);
  for (const auto& [bucket, names] : buckets) {
    std::vector<DataFile> files;
    for (const auto& file : state.files) {
      if (file.partition.bucket == bucket) files.push_back(file);
    }
    SIGNALS_ASSIGN(BarReader reader, BarReader::open(prices, files, false));
    BarSeries series;
    while (true) {
      SIGNALS_ASSIGN(const bool more, reader.next(series));
      if (!more) break;
      if (!names.contains(series.ticker)) continue;
      auto& to = closes[series.ticker];
      for (std::size_t i = 0; i < series.dates.size(); ++i) {
        to.push_back({series.dates[i], series.close[i]});
      }
    }
  }
  return closes;
}

}  // namespace signals
