// Readiness: whether the live file beside the data set can be used for the open round, and the live
// files that were served before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/date.h"
#include "lake/table.h"
#include "pipeline/published_files.h"

namespace signals {

// GO when `why_not` is empty.
struct Readiness {
  std::string why_not;
  PublishedState published;  // as far as anything is
  [[nodiscard]] bool go() const { return why_not.empty(); }
};

// For the round of D; NO-GO also when a smaller share than `min_fresh` of D's names is fresh.
Result<Readiness> readiness(const ObjectStore& store, Date d, double min_fresh);

// A live file that was kept.
struct ServedFile {
  Date date{};
  std::int64_t snapshot = 0;
  std::string path;  // relative to the data set's folder
};

// The newest `most` of them, in the order of their snapshots, each of which has a tag.
Result<std::vector<ServedFile>> served_files(const TableState& dataset, std::size_t most);

}  // namespace signals
