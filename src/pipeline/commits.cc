#include "pipeline/commits.h"

#include <iterator>
#include <optional>
#include <utility>

#include "lake/tables/prices.h"

namespace signals {
namespace {

constexpr std::int64_t kFewBars = 500'000;

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

std::int64_t Batch::bars() const {
  std::int64_t all = 0;
  for (const auto& one : fetches) all += static_cast<std::int64_t>(one->rows.size());
  return all;
}

void Batch::add(Batch later) {
  append(fetches, later.fetches);
  append(symbols, later.symbols);
  append(restated, later.restated);
}

LoadTables::LoadTables(const std::shared_ptr<ObjectStore>& store)
    : prices(store, kPricesTable),
      symbols(store, kSymbolsTable),
      restatements(store, kRestatementsTable),
      checks(std::make_unique<FileChecks>()) {}

Result<MergeCounts> LoadTables::commit(const Batch& batch, Instant now) const {
  SIGNALS_TRY(add_restatements(restatements, batch.restated, now));
  const auto on_restated = [&](const std::vector<Restatement>& rows) {
    return add_restatements(restatements, rows, now);
  };
  MergeCounts counts;
  if (!batch.fetches.empty()) {
    SIGNALS_ASSIGN(counts, upsert_prices(prices, batch.fetches, now, {{"command", "load"}},
                                         batch.journal ? on_restated : OnRestated{}, checks.get()));
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
  const std::lock_guard lock(mutex_);
  bars_ += batch.bars();
  waiting_.push_back(std::move(batch));
  if (working_) return;
  working_ = true;
  worker_ = std::async(std::launch::async, [this] { commit_all(); });
}

Batch Commits::take_waiting() {
  Batch taken = std::move(waiting_.front());
  waiting_.pop_front();
  while (!waiting_.empty() && taken.bars() + waiting_.front().bars() <= kFewBars) {
    taken.add(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return taken;
}

void Commits::commit_all() {
  std::unique_lock lock(mutex_);
  while (result_ && !waiting_.empty()) {
    std::optional<Batch> batch = take_waiting();
    const std::int64_t bars = batch->bars();
    lock.unlock();
    const auto counts = tables_.commit(*batch, now_);
    batch.reset();  // its memory is free before anyone is told so
    lock.lock();
    bars_ -= bars;
    ++done_;
    if (counts) {
      counts_ += *counts;
    } else {
      result_ = tl::unexpected<Error>(counts.error());
    }
    one_done_.notify_all();
  }
  working_ = false;
  one_done_.notify_all();
}

void Commits::wait_for_one() {
  std::unique_lock lock(mutex_);
  const std::int64_t before = done_;
  one_done_.wait(lock, [&] { return !working_ || done_ > before; });
}

Result<void> Commits::finish() {
  std::unique_lock lock(mutex_);
  one_done_.wait(lock, [&] { return !working_; });
  return result_;
}

bool Commits::failed() const {
  const std::lock_guard lock(mutex_);
  return !result_;
}

std::int64_t Commits::bars() const {
  const std::lock_guard lock(mutex_);
  return result_ ? bars_ : 0;  // nobody waits for what is given up
}

}  // namespace signals
