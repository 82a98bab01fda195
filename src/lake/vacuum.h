// Keeping a lake small, and in its place.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/date.h"
#include "core/result.h"
#include "lake/store.h"

namespace signals {

struct VacuumedTable {
  std::string table;
  std::int64_t expired = 0;  // snapshots
  std::int64_t kept = 0;
  std::int64_t files = 0;  // removed, of any kind
  std::int64_t bytes = 0;
};

// Forgets the snapshots of every table that were current before the last days only, then removes
// what no snapshot needs and is older than a day. Never forgotten: the current one, those with a
// tag, and those that the current snapshot of another table was made of.
Result<std::vector<VacuumedTable>> vacuum(const std::shared_ptr<ObjectStore>& store,
                                          std::chrono::days keep, Instant now);

// Writes the lake's present place into the metadata of its tables; returns those it was not in.
Result<std::vector<std::string>> relocate(const std::shared_ptr<ObjectStore>& store, Instant now);

}  // namespace signals
