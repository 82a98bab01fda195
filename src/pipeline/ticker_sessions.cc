#include "pipeline/ticker_sessions.h"

#include <fmt/format.h>

#include "dataset/as_of.h"

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
  SIGNALS_TRY(each_taken_dates(
      prices, quality, states, config, from, Date::max(),
      [&](std::string_view ticker, std::string_view exchange, std::span<const Date> dates) {
        std::string& home = exchanges_[std::string(ticker)];
        home = exchange_of(ticker, exchange);
        counts[home].add(ticker, dates);
      }));
  for (const auto& [exchange, count] : counts) sessions_[exchange] = count.sessions();
  return {};
}

std::span<const Date> TickerSessions::of(const std::string& ticker) const {
  const auto exchange = exchanges_.find(ticker);
  if (exchange == exchanges_.end()) return {};
  return sessions_.at(exchange->second);
}

}  // namespace signals
