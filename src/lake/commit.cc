// How a table changes: manifests, a manifest list, then the metadata file whose creation is the
// commit.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/text.h"
#include "lake/manifest.h"
#include "lake/metadata.h"
#include "lake/race.h"
#include "lake/schema.h"
#include "lake/table.h"

namespace signals {
namespace {

// Below this a commit is not even begun: there must be room for its metadata at least.
constexpr std::int64_t kLeastFreeBytes = 16 << 20;

// For Iceberg's engines, should one of them write.
const std::map<std::string, std::string>& engine_properties() {
  static const std::map<std::string, std::string> properties = {
      {"write.format.default", "parquet"},
      {"write.metadata.previous-versions-max", std::to_string(kMostLogEntries)}};
  return properties;
}

// 01234567-89ab-4def-8123-456789abcdef.
std::string random_uuid() {
  std::string hex = random_name();
  hex[12] = '4';
  hex[16] = '8';
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

std::set<int> buckets(const std::vector<DataFile>& before, const std::vector<DataFile>& after) {
  std::set<std::string> old_paths, new_paths;
  for (const auto& file : before) old_paths.insert(file.path);
  for (const auto& file : after) new_paths.insert(file.path);
  std::set<int> changed;
  for (const auto& file : before) {
    if (!new_paths.contains(file.path)) changed.insert(file.partition.bucket);
  }
  for (const auto& file : after) {
    if (!old_paths.contains(file.path)) changed.insert(file.partition.bucket);
  }
  return changed;
}

// Whether `change`, built on `base`, still holds on `current`: nobody touched its buckets, the
// schema or the properties meanwhile.
bool can_rebase(const Change& change, const TableState& base, const TableState& current) {
  if (change.replace_all || base.schema != current.schema ||
      base.properties != current.properties || base.uuid != current.uuid) {
    return false;
  }
  std::set<std::string> stand;
  for (const auto& file : current.files) stand.insert(file.path);
  if (!std::ranges::includes(stand, change.removed)) return false;
  const std::set<int> theirs = buckets(base.files, current.files);
  return std::ranges::none_of(change.replaced,
                              [&](const Partition& p) { return theirs.contains(p.bucket); });
}

// A manifest has the files of a bucket, or of a year in a table without buckets.
int manifest_of(const Schema& schema, const Partition& partition) {
  const bool buckets =
      std::ranges::find(schema, Partitioning::bucket, &ColumnSpec::partition) != schema.end();
  return buckets ? partition.bucket : partition.year;
}

Instant to_millis(Instant at) { return std::chrono::floor<std::chrono::milliseconds>(at); }

bool is_removed(const DataFile& file, const Change& change) {
  return change.replace_all || change.replaced.contains(file.partition) ||
         change.removed.contains(file.path);
}

Result<void> set_schema(TableState& next, const Change& change) {
  if (change.schema.empty()) return {};
  const Schema schema = with_ids(change.schema);
  if (next.exists() && !change.new_schema) SIGNALS_TRY(check_schema(next, schema));
  if (schema == next.schema) return {};
  next.schema_id = next.schemas.empty() ? 0 : next.schemas.rbegin()->first + 1;
  next.schema = next.schemas[next.schema_id] = schema;
  for (const auto& column : schema) {
    next.last_column_id = std::max(next.last_column_id, column.id);
  }
  return {};
}

// What Iceberg's engines expect a snapshot to say of itself, and what ours does.
void summarize(Snapshot& snapshot, const TableState& base, const Change& change,
               const std::vector<DataFile>& after) {
  struct Sum {
    std::int64_t files = 0, rows = 0, bytes = 0;
    void add(const DataFile& file) {
      ++files;
      rows += file.rows;
      bytes += file.bytes;
    }
  } added, deleted, total;
  for (const auto& file : change.added) added.add(file);
  for (const auto& file : base.files) {
    if (is_removed(file, change)) deleted.add(file);
  }
  for (const auto& file : after) total.add(file);
  auto& summary = snapshot.summary = change.summary;
  if (change.tell) change.tell(base, summary);
  summary["operation"] = deleted.files == 0 ? "append" : added.files == 0 ? "delete" : "overwrite";
  const auto say = [&](const std::string& start, const Sum& sum, const char* size) {
    summary[start + "-data-files"] = std::to_string(sum.files);
    summary[start + "-records"] = std::to_string(sum.rows);
    summary[size] = std::to_string(sum.bytes);
  };
  say("added", added, "added-files-size");
  say("deleted", deleted, "removed-files-size");
  say("total", total, "total-files-size");
  summary["run-id"] = run_id();
  summary["version"] = SIGNALS_VERSION;
}

}  // namespace

// A commit writes those manifests anew whose files it changes, and the others go on.
Result<void> Table::write_snapshot(TableState& next, Snapshot snapshot, const Change& change,
                                   PendingObjects& written) const {
  const auto group = [&](const DataFile& file) { return manifest_of(next.schema, file.partition); };
  std::set<int> touched;
  for (const auto& file : change.added) touched.insert(group(file));
  for (const auto& file : next.files) {
    if (is_removed(file, change)) touched.insert(group(file));
  }
  std::vector<bool> goes_on;
  for (const auto& manifest : next.manifests) {
    goes_on.push_back(manifest.added.files + manifest.kept.files > 0);
  }
  for (const auto& file : next.files) {
    if (touched.contains(group(file))) goes_on[file.manifest] = false;
  }
  std::vector<Manifest> manifests;
  std::vector<std::size_t> places(next.manifests.size());
  for (std::size_t i = 0; i < next.manifests.size(); ++i) {
    places[i] = manifests.size();
    if (goes_on[i]) manifests.push_back(next.manifests[i]);
  }
  std::vector<DataFile> files;
  std::map<int, std::vector<ManifestEntry>> anew;
  for (const auto& file : next.files) {
    if (goes_on[file.manifest]) {
      files.push_back(file);
      files.back().manifest = places[file.manifest];
      continue;
    }
    const bool removed = is_removed(file, change);
    anew[group(file)].push_back({removed ? EntryStatus::deleted : EntryStatus::kept,
                                 removed ? snapshot.id : file.added_by, file});
  }
  for (DataFile file : change.added) {
    file.added_by = snapshot.id;
    file.added_sequence = snapshot.sequence;
    auto& entries = anew[group(file)];
    entries.push_back({EntryStatus::added, snapshot.id, std::move(file)});
  }

  const std::string location = store_->uri(name_);
  const std::string chance = random_name();
  for (auto& [number, entries] : anew) {
    const std::string bytes = manifest_bytes(next, entries, location);
    Manifest manifest = describe_manifest(entries, snapshot);
    manifest.path = fmt::format("metadata/{}-m{}.avro", chance, number);
    manifest.bytes = static_cast<std::int64_t>(bytes.size());
    written.add(key(manifest.path));
    SIGNALS_TRY(store_->put_if_absent(key(manifest.path), bytes));
    for (auto& entry : entries) {
      if (entry.status == EntryStatus::deleted) continue;
      files.push_back(std::move(entry.file));
      files.back().manifest = manifests.size();
    }
    manifests.push_back(std::move(manifest));
  }
  std::ranges::sort(files, [](const DataFile& a, const DataFile& b) {
    return std::tie(a.partition, a.path) < std::tie(b.partition, b.path);
  });

  snapshot.manifest_list = fmt::format("metadata/snap-{}-{}.avro", snapshot.id, chance);
  summarize(snapshot, next, change, files);
  written.add(key(snapshot.manifest_list));
  SIGNALS_TRY(store_->put_if_absent(key(snapshot.manifest_list),
                                    manifest_list_bytes(next, snapshot, manifests, location)));
  next.manifests = std::move(manifests);
  next.files = std::move(files);
  next.snapshots.push_back(std::move(snapshot));
  return {};
}

// The commit itself.
Result<void> Table::put_version(TableState& next, const TableState& current, Instant now) const {
  next.location = store_->uri(name_);
  next.version = current.version + 1;
  if (next.uuid.empty()) next.uuid = random_uuid();
  for (const auto& [name, value] : engine_properties()) next.for_engines.try_emplace(name, value);
  if (current.exists()) {
    next.log.push_back(
        {current.updated_at, fmt::format("metadata/v{}.metadata.json", current.version)});
  }
  if (next.log.size() > kMostLogEntries) {
    next.log.erase(next.log.begin(), next.log.end() - kMostLogEntries);
  }
  next.updated_at = std::max(current.updated_at, to_millis(now));
  const std::string json = metadata_json(next, next.location);
  const std::string name = key(fmt::format("metadata/v{}.metadata.json", next.version));
  const auto put = store_->put_if_absent(name, json);
  // An answer that got lost is no failed commit: what counts is what stands there.
  if (!put && store_->read(name).value_or("") != json) return tl::unexpected(put.error());
  // The commit is done; a reader with an old hint looks on from there.
  (void)store_->replace(key("metadata/version-hint.text"), std::to_string(next.version));
  return {};
}

Result<TableState> Table::try_commit(const TableState& current, const Change& change,
                                     Instant now) const {
  TableState next = current;
  SIGNALS_TRY(set_schema(next, change));
  if (!change.properties.empty()) next.properties = change.properties;
  PendingObjects written(*store_);
  if (is_moved(current)) SIGNALS_TRY(write_paths_anew(next, written));

  Snapshot snapshot;
  snapshot.parent = current.snapshot_id();
  snapshot.sequence = snapshot.id = ++next.last_sequence;
  snapshot.schema_id = next.schema_id;
  // Engines refuse a history that goes back in time.
  snapshot.committed_at = std::max(to_millis(now), current.updated_at);
  if (!change.tag.empty()) next.tags[change.tag] = snapshot.id;
  SIGNALS_TRY(write_snapshot(next, snapshot, change, written));
  const auto put = put_version(next, current, now);
  if (put || may_have_happened(put.error())) written.release();
  SIGNALS_TRY(put);
  return next;
}

void Table::discard(const Change& change) const {
  for (const auto& file : change.added) (void)store_->remove(key(file));
}

Result<TableState> Table::commit(const Build& build, Instant now) const {
  if (const auto free = store_->free_bytes(); free && *free < kLeastFreeBytes) {
    return fail(ErrorCode::store_write,
                fmt::format("cannot write {}: only {} bytes are free", store_->uri(name_), *free));
  }
  if (!is_plain_text(store_->uri(name_))) {
    return fail(ErrorCode::store_write,
                fmt::format("cannot write {}: its metadata names this place, which must be UTF-8 "
                            "without control characters",
                            one_line(store_->uri(name_), 300)));
  }
  SIGNALS_ASSIGN(TableState base, load());
  Change change;
  bool built = false;
  for (int attempt = 0; attempt < kCommitTries; ++attempt) {
    if (!built) {
      SIGNALS_ASSIGN(change, build(base));
      if (change.empty()) return base;
      built = true;
    }
    auto lock = store_->lock(name_);
    if (!lock) {
      discard(change);
      return tl::unexpected<Error>(lock.error());
    }
    auto current = load_since(base);
    if (!current) {
      discard(change);
      return tl::unexpected<Error>(current.error());
    }
    if (current->version != base.version && !can_rebase(change, base, *current)) {
      lock->reset();
      discard(change);
      base = std::move(*current);
      built = false;
      continue;
    }
    auto committed = try_commit(*current, change, now);
    if (committed) return committed;
    if (committed.error().code != ErrorCode::already_exists) {
      if (!may_have_happened(committed.error())) discard(change);
      return committed;
    }
    lock->reset();
    back_off(attempt);
    base = std::move(*current);
  }
  discard(change);
  return fail(ErrorCode::race_lost,
              fmt::format("{}: {} commits in a row came first", store_->uri(name_), kCommitTries));
}

}  // namespace signals
