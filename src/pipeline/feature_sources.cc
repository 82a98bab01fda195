#include "pipeline/feature_sources.h"

#include <algorithm>
#include <tuple>

#include "lake/bucket_snapshots.h"

namespace signals {
namespace {

// Of a table that has the name `uuid`; an older table of its name is not known any more.
BucketSnapshots recorded_ids(const std::map<std::string, std::string>& summary,
                             const SourceKeys& keys, const std::string& uuid) {
  BucketSnapshots ids = read_bucket_snapshots(summary, keys.snapshot);
  if (property(summary, keys.table, "") == uuid) return ids;
  for (auto& id : ids) {
    if (id != 0) id = kUnknownSnapshot;
  }
  return ids;
}

}  // namespace

std::string property(const std::map<std::string, std::string>& all, const std::string& name,
                     const std::string& otherwise) {
  const auto found = all.find(name);
  return found == all.end() ? otherwise : found->second;
}

void record_source(std::map<std::string, std::string>& summary, const SourceKeys& keys,
                   const TableState& state, const std::set<int>& buckets,
                   const std::map<std::string, std::string>* before) {
  BucketSnapshots ids{};
  if (before != nullptr) ids = recorded_ids(*before, keys, state.uuid);
  for (const int bucket : buckets) ids[static_cast<std::size_t>(bucket)] = state.snapshot_id();
  write_bucket_snapshots(summary, keys.snapshot, ids);
  if (state.exists()) summary[keys.table] = state.uuid;
}

std::optional<TableState> recorded_source(const std::map<std::string, std::string>& summary,
                                          const SourceKeys& keys, const Table& table,
                                          const TableState& now) {
  std::map<std::int64_t, TableState> states;
  const BucketSnapshots ids = recorded_ids(summary, keys, now.uuid);
  for (const std::int64_t id : ids) {
    if (states.contains(id)) continue;
    if (id == 0) {
      states[id] = {};
      continue;
    }
    auto state = table.load_snapshot(id);
    if (!state) return std::nullopt;
    states[id] = std::move(*state);
  }
  TableState newest = states.rbegin()->second;
  if (states.size() == 1) return newest;
  newest.files.clear();
  for (const auto& [id, state] : states) {
    for (const auto& file : state.files) {
      if (ids[static_cast<std::size_t>(file.partition.bucket)] == id) newest.files.push_back(file);
    }
  }
  std::ranges::sort(newest.files, {},
                    [](const DataFile& file) { return std::tie(file.partition, file.path); });
  return newest;
}

std::vector<int> unmade_buckets(const std::map<std::string, std::string>& summary,
                                const SourceKeys& keys, const TableState& now) {
  const BucketSnapshots ids = recorded_ids(summary, keys, now.uuid);
  std::set<int> unmade;
  for (const auto& file : now.files) {
    const int bucket = file.partition.bucket;
    if (ids[static_cast<std::size_t>(bucket)] == 0) unmade.insert(bucket);
  }
  return {unmade.begin(), unmade.end()};
}

}  // namespace signals
