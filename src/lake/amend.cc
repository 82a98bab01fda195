// Commits that leave a table's rows as they are: fewer snapshots, another place.
#include <fmt/format.h>

#include "lake/manifest.h"
#include "lake/race.h"
#include "lake/table.h"

namespace signals {

// The manifests of all snapshots, with the paths of the place where the table is now.
Result<void> Table::write_paths_anew(TableState& state, PendingObjects& written) const {
  const std::string location = store_->uri(name_);
  std::map<std::string, Manifest> moved;
  const auto write = [&](const std::string& start,
                         const std::string& bytes) -> Result<std::string> {
    const std::string path = fmt::format("metadata/{}{}.avro", start, random_name());
    written.add(key(path));
    SIGNALS_TRY(store_->put_if_absent(key(path), bytes));
    return path;
  };
  for (auto& snapshot : state.snapshots) {
    TableState then;
    then.location = state.location;
    then.schema_id = snapshot.schema_id;
    then.schema = state.schemas.at(snapshot.schema_id);
    SIGNALS_ASSIGN(auto manifests, read_manifests(then, snapshot));
    for (auto& manifest : manifests) {
      const std::string before = manifest.path;
      if (!moved.contains(before)) {
        SIGNALS_ASSIGN(const std::string old_bytes, store_->read(key(before)));
        SIGNALS_ASSIGN(const auto entries, parse_manifest(old_bytes, then, before));
        const std::string bytes = manifest_bytes(then, entries, location);
        SIGNALS_ASSIGN(manifest.path, write("", bytes));
        manifest.bytes = static_cast<std::int64_t>(bytes.size());
        moved[before] = manifest;
      }
      manifest = moved[before];
    }
    SIGNALS_ASSIGN(snapshot.manifest_list,
                   write(fmt::format("snap-{}-", snapshot.id),
                         manifest_list_bytes(then, snapshot, manifests, location)));
  }
  for (auto& manifest : state.manifests) manifest = moved.at(manifest.path);
  return {};
}

Result<TableState> Table::amend(const Edit& edit, Instant now) const {
  for (int attempt = 0; attempt < kCommitTries; ++attempt) {
    SIGNALS_ASSIGN(auto lock, store_->lock(name_));
    SIGNALS_ASSIGN(const TableState current, load());
    TableState next = current;
    const bool edited = edit(next);
    if (!current.exists() || (!edited && !is_moved(current))) return current;
    PendingObjects written(*store_);
    if (is_moved(current)) SIGNALS_TRY(write_paths_anew(next, written));
    const auto put = put_version(next, current, now);
    if (put || may_have_happened(put.error())) written.release();
    if (put) return next;
    if (put.error().code != ErrorCode::already_exists) return tl::unexpected(put.error());
    lock.reset();
    back_off(attempt);
  }
  return fail(ErrorCode::race_lost,
              fmt::format("{}: {} commits in a row came first", store_->uri(name_), kCommitTries));
}

}  // namespace signals
