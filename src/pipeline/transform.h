// transform: `prices` into a feature table.
#pragma once

#include <atomic>
#include <string>

#include "core/clock.h"
#include "features/plan.h"
#include "lake/table.h"
#include "pipeline/observer.h"

namespace signals {

struct TransformRequest {
  FeaturePlan plan;
  bool reload = false;
  int threads = 1;
  Instant now{};
  const std::atomic<bool>* stop = nullptr;
};

struct TransformReport {
  std::int64_t tickers = 0;  // of the buckets that were computed
  std::int64_t rows = 0;     // of the table's current snapshot
  std::int64_t columns = 0;
  std::int64_t files_written = 0, files_kept = 0;
  std::int64_t bytes = 0;
  std::int64_t snapshot_before = 0, snapshot = 0;
  std::int64_t source_snapshot = 0;
};

// Computes what changed bars touch: in each bucket, all years from the first whose bars differ from
// those the table was made of (all years unless the mode is causal). With `reload`, everything. No
// change makes no snapshot. Errors: no_table without prices, config_differs, the lake's,
// interrupted.
Result<TransformReport> transform(const Table& prices, const Table& features,
                                  const TransformRequest& request, Observer& observer);

}  // namespace signals
