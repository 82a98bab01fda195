#include "pipeline/ticker_sessions.h"

#include <fmt/format.h>

#include "dataset/as_of.h"
#include "lake/tables/prices.h"

namespace signals {
namespace {

// Names of one exchange share its sessions; where it is not known, those of one suffix do.
std::string exchange_of(std::string_view ticker, std::string_view exchange) {
  if (!exchange.empty()) return std::string(exchange);
  const auto dot = ticker.rfind('.');
  return fmt::format("?{}", dot == std::string_view::npos ? "" : ticker.substr(dot));
}

}  // namespace

Result<void> TickerSessions::read(const Table& prices, const Table& quality,
                                  const SourceStates& states, const FeatureConfig& config,
                                  Date from) {
  std::map<std::string, SessionCount> counts;
  std::vector<Date> kept;
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    SIGNALS_ASSIGN(const auto source, bucket_source(quality, states, bucket, config));
    for (const auto& file : source.all_files()) {
      if (file.last_date < from) continue;
      SIGNALS_TRY(each_tickers_dates(
          prices, file,
          [&](std::string_view ticker, std::string_view exchange, std::span<const Date> dates) {
            const auto skipped = source.skipped.find(ticker);
            kept.clear();
            for (const Date date : dates) {
              if (skipped != source.skipped.end() && skipped->second.contains(date)) continue;
              kept.push_back(date);
            }
            std::string& home = exchanges_[std::string(ticker)];
            home = exchange_of(ticker, exchange);
            counts[home].add(ticker, kept);
          }));
    }
  }
  for (const auto& [exchange, count] : counts) sessions_[exchange] = count.sessions();
  return {};
}

std::span<const Date> TickerSessions::of(const std::string& ticker) const {
  const auto exchange = exchanges_.find(ticker);
  if (exchange == exchanges_.end()) return {};
  return sessions_.at(exchange->second);
}

}  // namespace signals
