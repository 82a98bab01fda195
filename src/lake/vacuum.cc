#include "lake/vacuum.h"

#include <algorithm>
#include <map>
#include <set>

#include "lake/bucket_snapshots.h"
#include "lake/table.h"

namespace signals {
namespace {

// A writer's files are older than its commit, but never by so much.
constexpr std::chrono::hours kYoung{24};

// Snapshots by the uuid of their table.
using Sources = std::map<std::string, std::set<std::int64_t>>;

// What a snapshot says it was made of: the "<name>-snapshot" of the table with the "<name>-uuid",
// and those of single buckets.
void add_sources(const Snapshot& snapshot, Sources& sources) {
  constexpr std::string_view kEnd = "-snapshot";
  for (const auto& [key, value] : snapshot.summary) {
    if (!key.ends_with(kEnd)) continue;
    const auto uuid = snapshot.summary.find(key.substr(0, key.size() - kEnd.size()) + "-uuid");
    if (uuid == snapshot.summary.end()) continue;
    const auto ids = read_bucket_snapshots(snapshot.summary, key);
    sources[uuid->second].insert(ids.begin(), ids.end());
  }
}

// Drops the snapshots that nobody asks for any more, and the columns that only they had.
bool expire(TableState& table, Instant since, const std::set<std::int64_t>& sources) {
  std::set<std::int64_t> tagged;
  for (const auto& [tag, id] : table.tags) tagged.insert(id);
  std::vector<Snapshot> kept;
  for (std::size_t i = 0; i < table.snapshots.size(); ++i) {
    const Snapshot& one = table.snapshots[i];
    const bool current_since =
        i + 1 == table.snapshots.size() || table.snapshots[i + 1].committed_at > since;
    if (current_since || tagged.contains(one.id) || sources.contains(one.id)) kept.push_back(one);
  }
  if (kept.size() == table.snapshots.size()) return false;
  table.snapshots = std::move(kept);
  std::set<int> used = {table.schema_id};
  for (const auto& snapshot : table.snapshots) used.insert(snapshot.schema_id);
  std::erase_if(table.schemas, [&](const auto& one) { return !used.contains(one.first); });
  return true;
}

// Oldest versions of the metadata first, so that a reader on its way up through them never finds a
// gap: by length, then by name.
bool goes_before(const ObjectInfo& a, const ObjectInfo& b) {
  return std::pair(a.key.size(), a.key) < std::pair(b.key.size(), b.key);
}

// The folders of what was published with the snapshots of a state; what else stands beside them a
// killed run left, or a snapshot that is forgotten.
std::vector<std::string> published_folders(const Table& table, const TableState& state) {
  std::vector<std::string> folders;
  for (const auto& snapshot : state.snapshots) {
    const auto folder = snapshot.summary.find(kPublished);
    if (folder != snapshot.summary.end()) folders.push_back(table.key(folder->second) + "/");
  }
  return folders;
}

Result<void> sweep(const Table& table, Instant now, VacuumedTable& report) {
  SIGNALS_ASSIGN(const TableState state, table.load());
  SIGNALS_ASSIGN(const auto needed, table.referenced(state));
  const auto published = published_folders(table, state);
  const auto is_needed = [&](const std::string& key) {
    return needed.contains(key) || std::ranges::any_of(published, [&](const auto& folder) {
             return key.starts_with(folder);
           });
  };
  std::vector<ObjectInfo> found;
  for (const char* folder : {"data", "metadata", kPublished}) {
    SIGNALS_ASSIGN(const auto some, table.store().list(table.key(folder) + "/"));
    found.insert(found.end(), some.begin(), some.end());
    SIGNALS_ASSIGN(const auto unfinished, table.store().unfinished(table.key(folder)));
    found.insert(found.end(), unfinished.begin(), unfinished.end());
  }
  std::ranges::sort(found, goes_before);
  for (const auto& object : found) {
    if (is_needed(object.key) || object.modified + kYoung > now) continue;
    SIGNALS_TRY(table.store().remove(object.key));
    ++report.files;
    report.bytes += object.bytes;
  }
  return {};
}

}  // namespace

Result<std::vector<VacuumedTable>> vacuum(const std::shared_ptr<ObjectStore>& store,
                                          std::chrono::days keep, Instant now) {
  SIGNALS_ASSIGN(const auto names, table_names(*store));
  Sources sources;
  for (const auto& name : names) {
    SIGNALS_ASSIGN(const TableState state, Table(store, name).load_metadata());
    if (!state.snapshots.empty()) add_sources(state.snapshots.back(), sources);
  }
  std::vector<VacuumedTable> reports;
  for (const auto& name : names) {
    const Table table(store, name);
    VacuumedTable report{.table = name};
    std::size_t before = 0;
    const auto edit = [&](TableState& state) {
      before = state.snapshots.size();
      return expire(state, now - keep, sources[state.uuid]);
    };
    SIGNALS_ASSIGN(const TableState state, table.amend(edit, now));
    report.kept = static_cast<std::int64_t>(state.snapshots.size());
    report.expired = static_cast<std::int64_t>(before) - report.kept;
    SIGNALS_TRY(sweep(table, now, report));
    reports.push_back(std::move(report));
  }
  return reports;
}

Result<std::vector<std::string>> relocate(const std::shared_ptr<ObjectStore>& store, Instant now) {
  SIGNALS_ASSIGN(const auto names, table_names(*store));
  std::vector<std::string> moved;
  for (const auto& name : names) {
    const Table table(store, name);
    SIGNALS_ASSIGN(const TableState before, table.load_metadata());
    if (!table.is_moved(before)) continue;
    SIGNALS_TRY(table.amend([](TableState&) { return false; }, now));
    moved.push_back(name);
  }
  return moved;
}

}  // namespace signals
