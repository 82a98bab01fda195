#include "pipeline/commits.h"

#include <chrono>
#include <utility>

#include "lake/tables/prices.h"

namespace signals {

LoadTables::LoadTables(const std::shared_ptr<ObjectStore>& store)
    : prices(store, kPricesTable),
      symbols(store, kSymbolsTable),
      restatements(store, kRestatementsTable) {}

Result<MergeCounts> LoadTables::commit(const Batch& batch, Instant now) const {
  SIGNALS_TRY(add_restatements(restatements, batch.restated, now));
  const auto on_restated = [&](const std::vector<Restatement>& rows) {
    return add_restatements(restatements, rows, now);
  };
  MergeCounts counts;
  if (!batch.fetches.empty()) {
    SIGNALS_ASSIGN(counts, upsert_prices(prices, batch.fetches, now, {{"command", "load"}},
                                         batch.journal ? on_restated : OnRestated{}));
  }
  SIGNALS_TRY(write_symbols(batch.symbols, now));
  return counts;
}

Result<void> LoadTables::write_symbols(const std::vector<SymbolRow>& changed, Instant now) const {
  if (changed.empty()) return {};
  SIGNALS_ASSIGN(const TableState of, prices.load());
  return upsert_symbols(symbols, changed, now, {{kPricesUuid, of.uuid}});
}

Result<void> Commits::begin(Batch batch) {
  SIGNALS_TRY(finish());
  for (const auto& one : batch.fetches) bars_ += static_cast<std::int64_t>(one->size());
  under_way_ = std::async(std::launch::async, [this, batch = std::move(batch)]() mutable {
    const Batch mine = std::move(batch);  // its memory goes when the commit is done
    return tables_.commit(mine, now_);
  });
  return {};
}

Result<void> Commits::finish() {
  if (under_way_.valid()) take();
  return result_;
}

bool Commits::failed() {
  constexpr std::chrono::seconds kNow{0};
  if (under_way_.valid() && under_way_.wait_for(kNow) == std::future_status::ready) take();
  return !result_;
}

void Commits::take() {
  bars_ = 0;
  const auto done = under_way_.get();
  if (done) {
    counts_ += *done;
  } else {
    result_ = tl::unexpected<Error>(done.error());
  }
}

}  // namespace signals
