// What a table is at one moment: columns, snapshots, data files. Values only; table.h reads and
// commits them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/date.h"
#include "lake/partition.h"

namespace signals {

// How a column takes part in the partitioning of its table; `year`: of a date, or of one written as
// text.
enum class Partitioning { none, year, bucket };

struct ColumnSpec {
  std::string name;
  std::string type;  // string, date, double, float, long, int, boolean, timestamptz
  bool key = false;  // rows of a file are sorted by the key columns, in this order
  Partitioning partition = Partitioning::none;
  int id = 0;  // Iceberg's field id; 0: the column's place in its schema, from 1

  friend bool operator==(const ColumnSpec&, const ColumnSpec&) = default;
};

using Schema = std::vector<ColumnSpec>;

// What is known of one column of a data file. Bounds are in Iceberg's binary form; every value lies
// between them, and a long text's are cut.
struct ColumnStats {
  std::int64_t values = 0, nulls = 0;
  std::optional<std::string> lower, upper;
};

struct DataFile {
  std::string path;  // relative to the table's folder
  Partition partition;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  Date first_date{}, last_date{};    // of its column `date`, if the table has one
  std::map<int, ColumnStats> stats;  // by field id
  std::int64_t added_by = 0;         // the snapshot
  std::int64_t added_sequence = 0;   // its sequence number
  std::size_t manifest = 0;          // that names it: its place in TableState::manifests
};

// In a snapshot's summary: the folder of the files that were published with it, relative to the
// table's.
inline constexpr const char* kPublished = "published";

struct Snapshot {
  std::int64_t id = 0;      // counts up from 1
  std::int64_t parent = 0;  // 0: none
  std::int64_t sequence = 0;
  Instant committed_at{};                      // never before its parent; milliseconds
  std::string manifest_list;                   // its path, relative to the table's folder
  int schema_id = 0;                           // the columns it was written with
  std::map<std::string, std::string> summary;  // operation, total-records, command, run-id, …
};

// A line of a manifest list: one file of metadata/ that names data files.
struct Manifest {
  std::string path;  // relative to the table's folder
  std::int64_t bytes = 0;
  std::int64_t added_by = 0;
  std::int64_t sequence = 0, least_sequence = 0;
  struct Count {
    std::int64_t files = 0, rows = 0;
  };
  Count added, kept, deleted;
  Partition lowest, highest;  // of the partitions of its files, each part by itself
};

struct MetadataLogEntry {
  Instant at{};
  std::string path;  // relative to the table's folder
};

// A table as one metadata file describes it. Immutable; reading another version makes another one.
struct TableState {
  std::string name;
  int version = 0;  // 0: the table does not exist yet
  std::string uuid;
  std::string location;  // where its metadata says it is: elsewhere after it was moved
  Instant updated_at{};
  std::int64_t last_sequence = 0;
  int last_column_id = 0;
  int schema_id = 0;
  Schema schema;                                   // of the snapshot that was asked for
  std::map<int, Schema> schemas;                   // of all snapshots, by schema id
  std::map<std::string, std::string> properties;   // our own
  std::map<std::string, std::string> for_engines;  // Iceberg's
  std::vector<Snapshot> snapshots;                 // oldest first; the last is current
  std::map<std::string, std::int64_t> tags;        // snapshots with a name, never expired
  std::vector<MetadataLogEntry> log;               // earlier metadata files, oldest first
  std::vector<Manifest> manifests;                 // of the snapshot that was asked for
  std::vector<DataFile> files;                     // the same, in partition order

  [[nodiscard]] bool exists() const { return version > 0; }
  [[nodiscard]] std::int64_t snapshot_id() const {
    return snapshots.empty() ? 0 : snapshots.back().id;
  }
};

}  // namespace signals
