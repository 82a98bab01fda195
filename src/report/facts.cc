#include "report/facts.h"

namespace signals {
namespace {

template <class T>
Result<const T*> pointer_to(const Result<T>& kept) {
  if (!kept) return tl::unexpected(kept.error());
  return &*kept;
}

}  // namespace

Result<const TableState*> LakeFacts::table(const std::string& name) {
  auto found = tables_.find(name);
  if (found == tables_.end()) {
    found = tables_.emplace(name, Table(lake_, name).load()).first;
  }
  return pointer_to(found->second);
}

Result<const PricesSummary*> LakeFacts::prices() {
  if (!prices_) {
    const auto state = table(kPricesTable);
    prices_ = state ? summarize_prices(Table(lake_, kPricesTable), **state)
                    : Result<PricesSummary>(tl::unexpected(state.error()));
  }
  return pointer_to(*prices_);
}

Result<const Symbols*> LakeFacts::symbols() {
  if (!symbols_) {
    const auto state = table(kSymbolsTable);
    symbols_ = state ? read_symbols(Table(lake_, kSymbolsTable), **state)
                     : Result<Symbols>(tl::unexpected(state.error()));
  }
  return pointer_to(*symbols_);
}

Result<const PublishUniverse*> LakeFacts::universe() {
  if (!universe_) universe_ = read_publish_universe(lake_, {}, request_.d - kUniverseReach);
  return pointer_to(*universe_);
}

Result<std::string> LakeFacts::exchange_of(const std::string& ticker) {
  if (!exchanges_) {
    std::map<std::string, std::string> by_ticker;
    SIGNALS_ASSIGN(const auto* known, prices());
    for (const auto& [exchange, one] : known->exchanges) {
      for (const auto& [name, newest] : one.newest_by_ticker) by_ticker.try_emplace(name, exchange);
    }
    // Where `symbols` cannot be read, the bars say it, too.
    if (const auto rows = symbols()) {
      for (const auto& [name, row] : **rows) {
        if (!row.exchange.empty()) by_ticker[name] = row.exchange;
      }
    }
    exchanges_ = std::move(by_ticker);
  }
  const auto found = (*exchanges_)->find(ticker);
  return found == (*exchanges_)->end() ? std::string() : found->second;
}

}  // namespace signals
