// load: a source's daily bars into `prices`.
#pragma once

#include <string>
#include <vector>

#include "lake/table.h"
#include "pipeline/bars.h"
#include "pipeline/observer.h"
#include "source/source.h"

namespace signals {

struct LoadRequest {
  std::vector<std::string> tickers;  // asked in this order within a bucket
  Window window;
  Instant now{};
};

struct LoadFailure {
  std::string ticker;
  Error error;
};

struct LoadReport {
  std::int64_t asked = 0;      // tickers
  std::int64_t loaded = 0;     // of these: with at least one bar in the window
  std::int64_t empty = 0;      // known to the source, no bar in the window
  std::int64_t not_asked = 0;  // the run ended before their turn
  std::vector<LoadFailure> failed;
  MergeCounts bars;
  LeftOutCounts left_out;
  std::int64_t foreign_dividends = 0;
  FetchEnd end = FetchEnd::complete;
  std::int64_t snapshot_before = 0, snapshot = 0;
};

// Loads every ticker of the request; one that fails never harms another, and what was fetched
// before an early end is committed. Errors are the lake's only: a ticker's own error is in the
// report.
Result<LoadReport> load(Source& source, const Table& prices, const LoadRequest& request,
                        Clock& clock, Observer& observer);

}  // namespace signals
