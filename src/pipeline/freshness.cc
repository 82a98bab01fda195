#include "pipeline/freshness.h"

#include <algorithm>

#include "dataset/as_of.h"
#include "dataset/calendar.h"
#include "lake/tables/prices.h"
#include "lake/tables/quality.h"
#include "lake/tables/symbols.h"

namespace signals {

namespace {

// The last bar of each ticker up to `date`, of those that features take.
Result<std::map<std::string, Date>> newest_bars(const Table& prices, const Table& quality,
                                                const SourceStates& states,
                                                const FeatureConfig& config, Date date) {
  std::map<std::string, Date> newest;
  SIGNALS_TRY(
      each_taken_dates(prices, quality, states, config, date - kOldest, date,
                       [&](std::string_view ticker, std::string_view, std::span<const Date> dates) {
                         for (const Date one : dates) {
                           if (one > date) continue;
                           Date& at = newest.try_emplace(std::string(ticker), one).first->second;
                           at = std::max(at, one);
                         }
                       }));
  return newest;
}

}  // namespace

Result<Freshness> Freshness::read(const std::shared_ptr<ObjectStore>& lake,
                                  const SourceStates& made_of, const FeatureConfig& config,
                                  Date date) {
  Freshness found;
  const Table symbols_table(lake, kSymbolsTable), prices_table(lake, kPricesTable);
  SIGNALS_ASSIGN(const TableState state, symbols_table.load());
  SIGNALS_ASSIGN(const Symbols symbols, read_symbols(symbols_table, state));
  const Instant end = sessions_end(date);
  for (const auto& [ticker, row] : symbols) {
    const bool fresh = row.last_ok && *row.last_ok >= end && row.failures == 0;
    found.answers_[ticker] = fresh ? Answer::fresh : Answer::old;
  }
  SourceStates now;
  const Table quality_table(lake, kQualityTable);
  SIGNALS_ASSIGN(now.prices, prices_table.load());
  const auto path = &DataFile::path;
  if (!std::ranges::equal(now.prices.files, made_of.prices.files, {}, path, path)) {
    if (!config.skip.empty()) {
      SIGNALS_ASSIGN(now.quality, quality_table.load());
    }
    SIGNALS_ASSIGN(found.newest_, newest_bars(prices_table, quality_table, now, config, date));
  }
  for (const auto& file : now.prices.files) {
    if (file.last_date < date - kOldest) continue;
    SIGNALS_TRY(each_unsettled(
        prices_table, file, date - kOldest,
        [&](std::string_view ticker, Date session) { found.unsettled_.emplace(ticker, session); }));
  }
  return found;
}

void Freshness::count(const DatasetBlock& block, DateCoverage& coverage) const {
  coverage.fresh = coverage.unsettled = 0;
  for (const auto& [symbol, rows] : block.rows_by_symbol()) {
    const auto at = answers_.find(symbol);
    const Answer answer = at == answers_.end() ? Answer::none : at->second;
    const auto newest = newest_.find(symbol);
    for (const std::uint32_t row : rows) {
      const DatasetKey& key = block.keys()[row];
      const bool behind = newest != newest_.end() && key.session_date < newest->second;
      if (behind) continue;
      const bool as_file = answer == Answer::none && key.session_date && key.staleness == 0;
      coverage.fresh += answer == Answer::fresh || as_file ? 1 : 0;
      if (!key.session_date) continue;
      coverage.unsettled += unsettled_.contains({symbol, *key.session_date}) ? 1 : 0;
    }
  }
}

double fresh_share(const DateCoverage& coverage) {
  if (coverage.mapped == 0) return 1;
  return static_cast<double>(coverage.fresh) / static_cast<double>(coverage.mapped);
}

}  // namespace signals
