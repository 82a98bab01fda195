// The commits of a load, one after the other on a thread of their own: while a bucket is laid over
// its table, encoded and synced, the next one is asked for.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <vector>

#include "lake/tables/restatements.h"
#include "lake/tables/symbols.h"
#include "pipeline/upsert.h"

namespace signals {

// In the summary of a snapshot of `symbols`: the `prices` it tells of. Another table of that name
// has none of the bars.
inline constexpr const char* kPricesUuid = "prices-uuid";

// Answers that are committed together.
struct Batch {
  Fetches fetches;
  std::vector<SymbolRow> symbols;
  std::vector<Restatement> restated;  // what is known of before the merge
  bool journal = true;                // note also what the merge finds
};

// The tables that a load writes as it goes.
struct LoadTables {
  explicit LoadTables(const std::shared_ptr<ObjectStore>& store);

  // `restatements`, `prices` and `symbols`, in this order: what stands in `symbols` is there.
  [[nodiscard]] Result<MergeCounts> commit(const Batch& batch, Instant now) const;
  [[nodiscard]] Result<void> write_symbols(const std::vector<SymbolRow>& changed,
                                           Instant now) const;

  Table prices, symbols, restatements;
};

class Commits {
 public:
  Commits(const LoadTables& tables, Instant now) : tables_(tables), now_(now) {}

  // Begins a commit when the one before is done; the error is that one's.
  Result<void> begin(Batch batch);

  // Waits for the last one.
  Result<void> finish();

  // Whether one has failed, so that there is no point in asking for more; does not wait.
  [[nodiscard]] bool failed();

  // In the commit that is under way.
  [[nodiscard]] std::int64_t bars() const { return bars_; }
  // Of all that are done.
  [[nodiscard]] const MergeCounts& counts() const { return counts_; }

 private:
  void take();

  const LoadTables& tables_;
  Instant now_;
  MergeCounts counts_;
  std::int64_t bars_ = 0;
  Result<void> result_;
  std::future<Result<MergeCounts>> under_way_;  // the last: its destructor waits
};

}  // namespace signals
