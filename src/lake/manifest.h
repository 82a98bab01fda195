// Iceberg's manifests (which data files a table has) and manifest lists (which manifests a snapshot
// has): Avro files in metadata/, immutable. They name files by absolute paths below the table's
// location; here paths are relative to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "lake/table_state.h"

namespace signals {

// What became of a data file in the snapshot that a manifest was written for.
enum class EntryStatus { kept = 0, added = 1, deleted = 2 };

struct ManifestEntry {
  EntryStatus status = EntryStatus::kept;
  std::int64_t snapshot = 0;  // that added the file, or deleted it
  DataFile file;
};

// The bytes of a manifest in a table that stands at `location`. The partitions of its entries are
// those of `table`'s columns.
std::string manifest_bytes(const TableState& table, const std::vector<ManifestEntry>& entries,
                           const std::string& location);

// The line of a manifest list for it; its path and size are the caller's to fill in.
Manifest describe_manifest(const std::vector<ManifestEntry>& entries, const Snapshot& snapshot);

std::string manifest_list_bytes(const TableState& table, const Snapshot& snapshot,
                                const std::vector<Manifest>& manifests,
                                const std::string& location);

// bad_metadata, which names `where`, for what they did not write, and for files that do not stand
// below the table's own location.
Result<std::vector<ManifestEntry>> parse_manifest(std::string_view bytes, const TableState& table,
                                                  const std::string& where);
Result<std::vector<Manifest>> parse_manifest_list(std::string_view bytes, const TableState& table,
                                                  const std::string& where);

// The path below the location of a path of the table's metadata.
Result<std::string> relative_path(const TableState& table, std::string_view path,
                                  const std::string& where);

}  // namespace signals
