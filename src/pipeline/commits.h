// The commits of a load, one after the other beside the fetching: while a bucket is laid over its
// table, encoded and synced, the next ones are asked for.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "lake/tables/restatements.h"
#include "lake/tables/symbols.h"
#include "pipeline/file_checks.h"
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

  [[nodiscard]] std::int64_t bars() const;
  void add(Batch later);
};

// The tables that a load writes as it goes.
struct LoadTables {
  explicit LoadTables(const std::shared_ptr<ObjectStore>& store);

  // `restatements`, `prices` and `symbols`, in this order: what stands in `symbols` is there.
  [[nodiscard]] Result<MergeCounts> commit(const Batch& batch, Instant now) const;
  [[nodiscard]] Result<void> write_symbols(const std::vector<SymbolRow>& changed,
                                           Instant now) const;

  Table prices, symbols, restatements;
  const std::unique_ptr<FileChecks> checks;  // of the files of `prices` that were written here
};

// What waits for its turn is committed together if it is little: a commit of few bars is mostly
// syncing. At a polite pace nothing ever waits.
class Commits {
 public:
  Commits(const LoadTables& tables, Instant now) : tables_(tables), now_(now) {}
  Commits(const Commits&) = delete;
  Commits& operator=(const Commits&) = delete;
  ~Commits() { (void)finish(); }

  // Has the batch committed after those before it. None is when one before it failed.
  void begin(Batch batch);

  // Waits for the commit that is being made, or for all; the error is that of the one that failed.
  void wait_for_one();
  Result<void> finish();

  // Whether one has failed, so that there is no point in asking for more; does not wait.
  [[nodiscard]] bool failed() const;

  // In the commits that are not done.
  [[nodiscard]] std::int64_t bars() const;
  // Of all that are done. After finish() only.
  [[nodiscard]] const MergeCounts& counts() const { return counts_; }

 private:
  void commit_all();
  Batch take_waiting();

  const LoadTables& tables_;
  Instant now_;
  mutable std::mutex mutex_;  // of all below
  std::condition_variable one_done_;
  std::deque<Batch> waiting_;
  std::int64_t bars_ = 0;
  std::int64_t done_ = 0;  // commits
  bool working_ = false;
  MergeCounts counts_;
  Result<void> result_;
  std::future<void> worker_;
};

}  // namespace signals
