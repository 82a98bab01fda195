#include "lake/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "core/random.h"
#include "lake/metadata.h"

namespace signals {
namespace {

constexpr int kCommitTries = 20;
// Below this a commit is not even begun: there must be room for its metadata at least.
constexpr std::int64_t kLeastFreeBytes = 16 << 20;

std::string metadata_key(const std::string& table, int version) {
  return fmt::format("{}/metadata/v{}.metadata.json", table, version);
}

// 32 hexadecimal digits that no other writer draws.
std::string random_name() { return fmt::format("{:016x}{:016x}", chance(), chance()); }

// N of "v<N>.metadata.json"; 0 for any other name.
int version_of(std::string_view file) {
  constexpr std::string_view kEnd = ".metadata.json";
  if (!file.starts_with('v') || !file.ends_with(kEnd)) return 0;
  const std::string_view digits = file.substr(1, file.size() - 1 - kEnd.size());
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? value : 0;
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
      base.properties != current.properties) {
    return false;
  }
  const std::set<int> theirs = buckets(base.files, current.files);
  return std::ranges::none_of(change.replaced,
                              [&](const Partition& p) { return theirs.contains(p.bucket); });
}

// A wait that two losers of a race do not share.
void back_off(int attempt) {
  const auto limit = static_cast<unsigned>(5 << std::min(attempt, 6));
  std::this_thread::sleep_for(std::chrono::milliseconds(1 + chance() % limit));
}

std::vector<DataFile> apply(const std::vector<DataFile>& files, const Change& change) {
  std::vector<DataFile> result;
  for (const auto& file : files) {
    if (!change.replace_all && !change.replaced.contains(file.partition)) result.push_back(file);
  }
  result.insert(result.end(), change.added.begin(), change.added.end());
  std::ranges::sort(result, [](const DataFile& a, const DataFile& b) {
    return std::tie(a.partition, a.path) < std::tie(b.partition, b.path);
  });
  return result;
}

}  // namespace

std::string Table::new_path(const Partition& partition) const {
  return fmt::format("data/{:04d}/{:02d}/{}.parquet", partition.year, partition.bucket,
                     random_name());
}

Result<int> Table::newest_version() const {
  SIGNALS_ASSIGN(const auto objects, store_->list(name_ + "/metadata/v"));
  int newest = 0;
  for (const auto& object : objects) {
    const std::string file = object.key.substr(object.key.rfind('/') + 1);
    newest = std::max(newest, version_of(file));
  }
  return newest;
}

Result<TableState> Table::read_version(int version) const {
  const std::string key = metadata_key(name_, version);
  SIGNALS_ASSIGN(const std::string json, store_->read(key));
  return parse_metadata(json, store_->uri(key));
}

Result<std::vector<DataFile>> Table::read_files(const Snapshot& snapshot) const {
  const std::string key = name_ + "/metadata/" + snapshot.manifest;
  SIGNALS_ASSIGN(const std::string json, store_->read(key));
  return parse_manifest(json, store_->uri(key));
}

Result<TableState> Table::load() const {
  SIGNALS_ASSIGN(const int version, newest_version());
  if (version == 0) {
    TableState none;
    none.name = name_;
    return none;
  }
  SIGNALS_ASSIGN(TableState state, read_version(version));
  if (!state.snapshots.empty()) {
    SIGNALS_ASSIGN(state.files, read_files(state.snapshots.back()));
  }
  return state;
}

Result<TableState> Table::load_snapshot(std::int64_t id) const {
  SIGNALS_ASSIGN(TableState state, load());
  const auto found = std::ranges::find(state.snapshots, id, &Snapshot::id);
  if (found == state.snapshots.end()) {
    return fail(ErrorCode::no_snapshot, fmt::format("table {} has no snapshot {}", name_, id));
  }
  SIGNALS_ASSIGN(state.files, read_files(*found));
  state.snapshots.erase(found + 1, state.snapshots.end());
  return state;
}

Result<TableState> Table::try_commit(const TableState& base, const Change& change,
                                     Instant now) const {
  TableState next = base;
  next.version = base.version + 1;
  if (next.uuid.empty()) next.uuid = random_name();
  if (!change.schema.empty()) next.schema = change.schema;
  if (!change.properties.empty()) next.properties = change.properties;
  next.files = apply(base.files, change);

  Snapshot snapshot;
  snapshot.id = base.snapshot_id() + 1;
  snapshot.committed_at = now;
  snapshot.summary = change.summary;
  std::int64_t rows = 0, bytes = 0;
  for (const auto& file : next.files) {
    rows += file.rows;
    bytes += file.bytes;
  }
  snapshot.summary["rows"] = std::to_string(rows);
  snapshot.summary["bytes"] = std::to_string(bytes);
  snapshot.summary["files"] = std::to_string(next.files.size());
  snapshot.summary["added-files"] = std::to_string(change.added.size());
  snapshot.summary["version"] = SIGNALS_VERSION;
  // Named by chance as well: a loser's list must never stand where the winner's is looked for.
  snapshot.manifest = fmt::format("snap-{}-{}.json", snapshot.id, random_name());
  const std::string manifest = name_ + "/metadata/" + snapshot.manifest;
  next.snapshots.push_back(std::move(snapshot));

  SIGNALS_TRY(store_->put_if_absent(manifest, manifest_json(next.files)));
  const auto put = store_->put_if_absent(metadata_key(name_, next.version), metadata_json(next));
  // An answer that got lost is no failed commit: what counts is what stands there.
  if (!put && store_->read(metadata_key(name_, next.version)).value_or("") != metadata_json(next)) {
    (void)store_->remove(manifest);
    return tl::unexpected<Error>(put.error());
  }
  // The commit is done; a reader without the hint lists the folder.
  (void)store_->replace(name_ + "/metadata/version-hint.text", std::to_string(next.version));
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
    auto current = load();
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
      discard(change);
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

Result<std::vector<std::string>> table_names(const ObjectStore& store) {
  SIGNALS_ASSIGN(const auto objects, store.list(""));
  std::set<std::string> names;
  for (const auto& object : objects) {
    constexpr std::string_view kFolder = "/metadata/";
    const auto slash = object.key.find('/');
    if (slash == std::string::npos || object.key.compare(slash, kFolder.size(), kFolder) != 0)
      continue;
    const std::string_view file = std::string_view(object.key).substr(slash + kFolder.size());
    if (version_of(file) > 0) names.insert(object.key.substr(0, slash));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace signals
