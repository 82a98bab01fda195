#include "pipeline/readiness.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "lake/tables/dataset.h"
#include "pipeline/freshness.h"

namespace signals {

Result<Readiness> readiness(const ObjectStore& store, Date d, double min_fresh) {
  Readiness found;
  PublishedState& state = found.published;
  SIGNALS_ASSIGN(found.why_not, live_obstacle(store, kDatasetTable, to_string(d), state));
  const DateCoverage coverage{.mapped = state.mapped, .fresh = state.fresh};
  if (found.go() && fresh_share(coverage) < min_fresh) {
    found.why_not = fmt::format("only {} of {} names are fresh", with_commas(state.fresh),
                                with_commas(state.mapped));
  }
  return found;
}

Result<std::vector<ServedFile>> served_files(const TableState& dataset, std::size_t most) {
  std::vector<ServedFile> served;
  for (const auto& [tag, id] : dataset.tags) {
    const auto snapshot = std::ranges::find(dataset.snapshots, id, &Snapshot::id);
    if (!tag.starts_with(kLiveTag) || snapshot == dataset.snapshots.end()) continue;
    SIGNALS_ASSIGN(const Date date, parse_date(snapshot->summary.at("d")));
    served.push_back({date, id, fmt::format("{}/{}", snapshot->summary.at(kPublished), kLiveFile)});
  }
  std::ranges::sort(served, {}, &ServedFile::snapshot);
  if (served.size() > most) {
    served.erase(served.begin(), served.end() - static_cast<std::ptrdiff_t>(most));
  }
  return served;
}

}  // namespace signals
