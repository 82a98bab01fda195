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

void Commits::begin(Batch batch) {
  UnderWay next;
  for (const auto& one : batch.fetches) next.bars += static_cast<std::int64_t>(one->size());
  const auto before = under_way_.empty() ? decltype(next.done){} : under_way_.back().done;
  auto commit = [this, before, batch = std::move(batch)]() mutable -> Result<MergeCounts> {
    if (before.valid() && !before.get()) return tl::unexpected<Error>(before.get().error());
    auto done = tables_.commit(batch, now_);
    batch = {};
    return done;
  };
  next.done = std::async(std::launch::async, std::move(commit)).share();
  under_way_.push_back(std::move(next));
}

void Commits::wait_for_one() {
  if (under_way_.empty()) return;
  const auto& done = under_way_.front().done.get();
  if (done) {
    counts_ += *done;
  } else if (result_) {
    result_ = tl::unexpected<Error>(done.error());
  }
  under_way_.pop_front();
}

Result<void> Commits::finish() {
  while (!under_way_.empty()) wait_for_one();
  return result_;
}

bool Commits::failed() {
  constexpr std::chrono::seconds kNow{0};
  while (!under_way_.empty() &&
         under_way_.front().done.wait_for(kNow) == std::future_status::ready) {
    wait_for_one();
  }
  return !result_;
}

std::int64_t Commits::bars() const {
  std::int64_t all = 0;
  for (const auto& one : under_way_) all += one.bars;
  return all;
}

}  // namespace signals
