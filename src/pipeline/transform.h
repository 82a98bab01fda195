// transform: `prices` into a feature table.
#pragma once

#include <atomic>
#include <set>
#include <string>

#include "core/clock.h"
#include "features/plan.h"
#include "lake/table.h"
#include "lake/tables/features.h"
#include "pipeline/observer.h"

namespace signals {

struct TransformRequest {
  FeaturePlan plan;
  FileFormat format;  // of the files that this run writes
  bool reload = false;
  std::set<int> buckets = all_buckets();  // of tickers; the features of others stay as they are
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

// Reads --skip: flags of `quality` by commas, in its order and once each; "none" is none of them.
Result<std::vector<std::string>> parse_skip(std::string_view text);

// Reads --buckets: "0,3,8-11".
Result<std::set<int>> parse_buckets(std::string_view text);

// Computes what changed bars touch: in each bucket, all years from the first in which a value that
// the features use differs from those the table was made of (all years unless the mode is causal).
// With `reload`, everything. No change makes no snapshot. `quality` need not exist. Several
// machines may each take some of the buckets, at the same time too. Errors: no_table without
// prices, config_differs (a reload of some buckets cannot change it), the lake's, interrupted.
//
// Memory: for each thread, a row group of each year of a bucket and the features of one group of
// tickers; neither the number of tickers nor that of lags adds to it.
Result<TransformReport> transform(const Table& prices, const Table& quality, const Table& features,
                                  const TransformRequest& request, Observer& observer);

}  // namespace signals
