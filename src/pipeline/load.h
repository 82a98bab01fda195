// load: a source's daily bars into `prices`, and what it learns of the tickers into `symbols`.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lake/table.h"
#include "pipeline/bars.h"
#include "pipeline/observer.h"
#include "pipeline/schedule.h"
#include "pipeline/standing.h"
#include "source/source.h"

namespace signals {

struct LoadRequest {
  std::vector<std::string> tickers;  // asked in this order within a bucket
  Window window;
  Instant now{};
  bool exact = false;            // ask for just the window; otherwise for what is missing in it
  std::function<bool()> stop{};  // asked now and then: true ends the run after a commit
};

struct LoadFailure {
  std::string ticker;
  Error error;
  bool worked_before = false;  // the last run got an answer
};

struct LoadReport {
  std::int64_t asked = 0;        // tickers; what follows up to `failed` comes to this number
  std::int64_t loaded = 0;       // of these: with at least one bar in the window
  std::int64_t empty = 0;        // known to the source, no bar in the window
  std::int64_t not_asked = 0;    // the run ended before their turn
  std::int64_t done_before = 0;  // an interrupted run got their answers
  std::int64_t quarantined = 0;  // not asked: long unknown to the source, their turn comes later
  std::int64_t requests = 0;     // queries to the source, without its own retries
  std::vector<LoadFailure> failed;
  std::map<std::string, std::string> reloaded;  // whole histories in the place of old ones: why
  std::map<std::string, std::string> held;      // the same, but the old one was kept: why
  std::map<std::string, std::string> moved;     // to another exchange: which
  std::vector<std::string> alarms;              // tickers that seem to be another company's
  std::optional<Outage> outage;
  MergeCounts bars;
  LeftOutCounts left_out;
  std::int64_t foreign_dividends = 0;
  FetchEnd end = FetchEnd::complete;
  std::int64_t snapshot_before = 0, snapshot = 0;
};

// Loads the tickers of the request, bucket by bucket, each bucket one commit of `prices` and then
// one of `symbols`; so what was committed need not be asked for again when the run is killed. One
// ticker that fails never harms another, and what was fetched before an early end is committed.
// Errors are the lake's only: a ticker's own error is in the report.
Result<LoadReport> load(Source& source, const std::shared_ptr<ObjectStore>& store,
                        const LoadRequest& request, Observer& observer);

}  // namespace signals
