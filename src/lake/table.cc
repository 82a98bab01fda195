#include "lake/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/number.h"
#include "core/random.h"
#include "lake/manifest.h"
#include "lake/metadata.h"

namespace signals {
namespace {

constexpr const char* kHint = "metadata/version-hint.text";

// The number above 0 that a text is; 0 for anything else.
std::int64_t number_of(std::string_view text) {
  return std::max<std::int64_t>(0, number_in<std::int64_t>(text).value_or(0));
}

// N of "v<N>.metadata.json"; 0 for any other name.
int version_of(std::string_view file) {
  constexpr std::string_view kEnd = ".metadata.json";
  if (!file.starts_with('v') || !file.ends_with(kEnd)) return 0;
  return static_cast<int>(number_of(file.substr(1, file.size() - 1 - kEnd.size())));
}

std::string version_key(const std::string& table, int version) {
  return fmt::format("{}/metadata/v{}.metadata.json", table, version);
}

// What an object holds; empty if it is not there.
Result<std::optional<std::string>> read_if_there(const ObjectStore& store, const std::string& key) {
  auto bytes = store.read(key);
  if (bytes) return std::optional(std::move(*bytes));
  if (bytes.error().code == ErrorCode::no_input) return std::optional<std::string>();
  return tl::unexpected(bytes.error());
}

Result<int> listed_version(const ObjectStore& store, const std::string& table) {
  SIGNALS_ASSIGN(const auto objects, store.list(table + "/metadata/v"));
  int newest = 0;
  for (const auto& object : objects) {
    newest = std::max(newest, version_of(object.key.substr(object.key.rfind('/') + 1)));
  }
  return newest;
}

// The end of what a person means by a date or a time.
Result<Instant> end_of(const std::string& text) {
  if (const auto date = parse_date(text)) return start_of(*date + std::chrono::days(1));
  auto instant = parse_instant(text);
  if (instant) return *instant + std::chrono::seconds(1);
  return fail(ErrorCode::bad_date,
              fmt::format("--snapshot {}: it is neither a snapshot's number nor a date", text));
}

}  // namespace

std::string random_name() { return fmt::format("{:016x}{:016x}", chance(), chance()); }

const std::string& run_id() {
  static const std::string id = random_name();
  return id;
}

std::string Table::new_path(const Partition& partition) const {
  return fmt::format("data/{:04d}/{:02d}/{}.parquet", partition.year, partition.bucket,
                     random_name());
}

// Looks from where the hint points, or a version that is known to have been there, for newer ones.
Result<Table::Version> Table::newest_version(int at_least) const {
  Version version{at_least, {}};
  if (version.number == 0) {
    SIGNALS_ASSIGN(const auto hint, read_if_there(*store_, key(kHint)));
    version.number = hint ? static_cast<int>(number_of(*hint)) : 0;
  }
  SIGNALS_ASSIGN(auto json, read_if_there(*store_, version_key(name_, version.number)));
  if (!json) {
    SIGNALS_ASSIGN(version.number, listed_version(*store_, name_));
    if (version.number == 0) return version;
    SIGNALS_ASSIGN(version.json, store_->read(version_key(name_, version.number)));
    return version;
  }
  while (json) {
    version.json = std::move(*json);
    SIGNALS_ASSIGN(json, read_if_there(*store_, version_key(name_, version.number + 1)));
    if (json) ++version.number;
  }
  return version;
}

Result<TableState> Table::load_from(const Version& version) const {
  TableState state;
  if (version.number > 0) {
    SIGNALS_ASSIGN(state,
                   parse_metadata(version.json, store_->uri(version_key(name_, version.number))));
  }
  state.name = name_;
  state.version = version.number;
  return state;
}

Result<TableState> Table::load_metadata() const {
  SIGNALS_ASSIGN(const Version version, newest_version(0));
  return load_from(version);
}

Result<TableState> Table::load() const {
  SIGNALS_ASSIGN(TableState state, load_metadata());
  SIGNALS_TRY(read_files(state));
  return state;
}

// The newest state, read only if it is newer than `base`.
Result<TableState> Table::load_since(const TableState& base) const {
  SIGNALS_ASSIGN(const Version version, newest_version(base.version));
  SIGNALS_ASSIGN(TableState state, load_from(version));
  if (base.exists() && version.number == base.version && state.uuid == base.uuid) return base;
  SIGNALS_TRY(read_files(state));
  return state;
}

Result<TableState> Table::load_at(const TableState& state, std::size_t snapshot) const {
  TableState then = state;
  then.snapshots.resize(snapshot + 1);
  const auto schema = then.schemas.find(then.snapshots.back().schema_id);
  if (schema == then.schemas.end()) {
    return fail(ErrorCode::bad_metadata,
                fmt::format("{}: the columns of snapshot {} are missing",
                            store_->uri(version_key(name_, state.version)), then.snapshot_id()));
  }
  then.schema_id = schema->first;
  then.schema = schema->second;
  SIGNALS_TRY(read_files(then));
  return then;
}

Result<TableState> Table::load_snapshot(std::int64_t id) const {
  SIGNALS_ASSIGN(const TableState state, load_metadata());
  const auto found = std::ranges::find(state.snapshots, id, &Snapshot::id);
  if (found == state.snapshots.end()) {
    return fail(ErrorCode::no_snapshot, fmt::format("table {} has no snapshot {}", name_, id));
  }
  return load_at(state, static_cast<std::size_t>(found - state.snapshots.begin()));
}

Result<TableState> Table::load_snapshot_of(const std::string& id_or_time) const {
  SIGNALS_ASSIGN(const TableState state, load_metadata());
  const std::int64_t id = number_of(id_or_time);
  auto found = std::ranges::find(state.snapshots, id, &Snapshot::id);
  if (found == state.snapshots.end()) {
    const auto end = end_of(id_or_time);
    if (!end && id == 0) return tl::unexpected(end.error());
    // A number that is no date is a snapshot's that is not kept.
    while (end && found != state.snapshots.begin() && (found - 1)->committed_at >= *end) --found;
    if (!end || found == state.snapshots.begin()) {
      return fail(ErrorCode::no_snapshot, fmt::format("table {} has no snapshot {}{}", name_,
                                                      end ? "of " : "", id_or_time));
    }
    --found;
  }
  return load_at(state, static_cast<std::size_t>(found - state.snapshots.begin()));
}

Result<std::vector<Manifest>> Table::read_manifests(const TableState& state,
                                                    const Snapshot& snapshot) const {
  const std::string list = key(snapshot.manifest_list);
  SIGNALS_ASSIGN(const std::string bytes, store_->read(list));
  return parse_manifest_list(bytes, state, store_->uri(list));
}

Result<void> Table::read_files(TableState& state) const {
  state.files.clear();
  state.manifests.clear();
  if (state.snapshots.empty()) return {};
  SIGNALS_ASSIGN(state.manifests, read_manifests(state, state.snapshots.back()));
  for (std::size_t i = 0; i < state.manifests.size(); ++i) {
    const std::string manifest = key(state.manifests[i].path);
    SIGNALS_ASSIGN(const std::string bytes, store_->read(manifest));
    SIGNALS_ASSIGN(auto entries, parse_manifest(bytes, state, store_->uri(manifest)));
    for (auto& entry : entries) {
      if (entry.status == EntryStatus::deleted) continue;
      entry.file.manifest = i;
      state.files.push_back(std::move(entry.file));
    }
  }
  std::ranges::sort(state.files, [](const DataFile& a, const DataFile& b) {
    return std::tie(a.partition, a.path) < std::tie(b.partition, b.path);
  });
  return {};
}

Result<std::set<std::string>> Table::referenced(const TableState& state) const {
  std::set<std::string> keys = {key(kHint), version_key(name_, state.version)};
  for (const auto& entry : state.log) keys.insert(key(entry.path));
  for (const auto& snapshot : state.snapshots) {
    keys.insert(key(snapshot.manifest_list));
    SIGNALS_ASSIGN(const auto manifests, read_manifests(state, snapshot));
    for (const auto& manifest : manifests) {
      const std::string name = key(manifest.path);
      if (!keys.insert(name).second) continue;
      SIGNALS_ASSIGN(const std::string bytes, store_->read(name));
      SIGNALS_ASSIGN(const auto entries, parse_manifest(bytes, state, store_->uri(name)));
      for (const auto& entry : entries) {
        if (entry.status != EntryStatus::deleted) keys.insert(key(entry.file));
      }
    }
  }
  return keys;
}

Result<std::vector<std::string>> table_names(const ObjectStore& store) {
  SIGNALS_ASSIGN(const auto folders, store.folders());
  std::vector<std::string> names;
  for (const auto& folder : folders) {
    SIGNALS_ASSIGN(const int version, listed_version(store, folder));
    if (version > 0) names.push_back(folder);
  }
  return names;
}

}  // namespace signals
