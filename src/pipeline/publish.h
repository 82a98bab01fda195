// publish: features and the universe into `dataset`, one row per (date, numerai_ticker), as of each
// date; and the files of the newest date beside it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataset/calendar.h"
#include "dataset/forms.h"
#include "lake/store.h"
#include "pipeline/observer.h"
#include "universe/universe.h"

namespace signals {

struct PublishRequest {
  std::string features = "features";  // the table
  std::optional<Date> date;           // D; empty: the round's
  std::optional<Date> round;          // of the open round; empty: as the clock says
  std::vector<Universe> universes;    // beside the table `universe`
  Calendar calendar = Calendar::both;
  Date daily_since = kDailySince;
  int max_staleness = 5;
  bool levels = false;
  std::vector<CrossForm> forms;
  bool survivors = false;  // forms also on dates whose members are not known
  bool rebuild = false;
  bool again = false;    // D anew, when it is the newest date of the table
  double min_fresh = 0;  // no live file of D when a smaller share of its names is fresh
  int threads = 1;
  Instant now{};
  const std::atomic<bool>* stop = nullptr;
};

// How many names of a date are in the table.
struct DateCoverage {
  Date date{};
  bool weekly = false, known = false;  // `known`: its members are of that date, not the live names
  std::int64_t members = 0, mapped = 0, rows = 0;
  std::int64_t traded = 0;                // rows whose session is of the date itself
  std::int64_t fresh = 0, unsettled = 0;  // of the newest date: freshness.h
};

struct PublishReport {
  Date d{}, expected{};               // D, and that of the round that is open
  std::vector<DateCoverage> dates{};  // that this run added
  std::int64_t rows = 0, added = 0;   // of the table, and what this run added
  std::int64_t columns = 0;
  std::int64_t bytes = 0;
  std::int64_t snapshot_before = 0, snapshot = 0;
  std::int64_t live_names = 0;  // of the live file that this run wrote
  std::string live_date{};      // of the live file that stands now; empty: there is none
  std::string no_live{};        // why this run wrote none
  bool degraded = false;        // too few of the newest date's names are fresh
};

// Adds the dates of the calendar up to D that are not in the table yet; rows that are there stay
// what they are, unless `rebuild` makes all anew. Values are computed from the bars that the
// feature table was made of, and equal its own: what stands there in single precision is too coarse
// for some forms. Memory: a block of dates, and some tickers' features for each thread. Errors:
// bad_date for a D that is not over, or that is published and not the newest, no_table, too_stale,
// dataset_differs, no_membership, the lake's, interrupted.
Result<PublishReport> publish(const std::shared_ptr<ObjectStore>& lake,
                              const PublishRequest& request, Observer& observer);

}  // namespace signals
