// Table: immutable data files named by snapshots; a snapshot becomes current by one atomic commit.
//
//   <lake>/<table>/data/<year>/<bucket>/<file>.parquet
//   <lake>/<table>/metadata/snap-<id>-<chance>.json   the files of a snapshot, immutable
//   <lake>/<table>/metadata/v<N>.metadata.json        one per commit, created if absent: the commit
//   <lake>/<table>/metadata/version-hint.text         N, a hint where to start looking
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/date.h"
#include "core/result.h"
#include "lake/partition.h"
#include "lake/store.h"

namespace signals {

struct DataFile {
  std::string path;  // relative to the table's folder
  Partition partition;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  Date first_date{}, last_date{};
  std::string first_ticker, last_ticker;
};

struct Snapshot {
  std::int64_t id = 0;  // counts up from 1
  Instant committed_at{};
  std::string manifest;                        // the file of metadata/ that lists its data files
  std::map<std::string, std::string> summary;  // rows, files, bytes, command, version, …
};

struct ColumnSpec {
  std::string name;
  std::string type;  // string, date, double, float, long, boolean, timestamptz
  friend bool operator==(const ColumnSpec&, const ColumnSpec&) = default;
};

// A table as one metadata file describes it. Immutable; reading another version makes another one.
struct TableState {
  std::string name;
  int version = 0;  // 0: the table does not exist yet
  std::string uuid;
  std::vector<ColumnSpec> schema;
  std::map<std::string, std::string> properties;
  std::vector<Snapshot> snapshots;  // oldest first; the last is current
  std::vector<DataFile> files;      // of the snapshot that was asked for, in partition order

  [[nodiscard]] bool exists() const { return version > 0; }
  [[nodiscard]] std::int64_t snapshot_id() const {
    return snapshots.empty() ? 0 : snapshots.back().id;
  }
};

// What a commit does: the files of `replaced` partitions (or of all) make way for `added`.
struct Change {
  std::set<Partition> replaced;
  bool replace_all = false;
  std::vector<DataFile> added;
  std::vector<ColumnSpec> schema;
  std::map<std::string, std::string> properties;  // replace the table's when not empty
  std::map<std::string, std::string> summary;

  [[nodiscard]] bool empty() const { return replaced.empty() && added.empty() && !replace_all; }
};

class Table {
 public:
  Table(std::shared_ptr<ObjectStore> store, std::string name)
      : store_(std::move(store)), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] ObjectStore& store() const { return *store_; }
  [[nodiscard]] const std::shared_ptr<ObjectStore>& shared_store() const { return store_; }

  // The newest state; `exists()` is false when there is no such table.
  [[nodiscard]] Result<TableState> load() const;

  // The state of an older snapshot, `files` included. no_snapshot if it is not kept.
  [[nodiscard]] Result<TableState> load_snapshot(std::int64_t id) const;

  // The key of a data file in the store.
  [[nodiscard]] std::string key(const DataFile& file) const { return name_ + "/" + file.path; }

  // A fresh, unique path for a data file of `partition`.
  [[nodiscard]] std::string new_path(const Partition& partition) const;

  // Makes the files of a change from a state of the table.
  using Build = std::function<Result<Change>(const TableState& base)>;

  // Builds and commits; when another writer was first, rebases onto its state, building again if it
  // changed a bucket this change touches. An empty change commits nothing and returns the base.
  // Files of a change that did not make it are removed. race_lost after 20 tries.
  Result<TableState> commit(const Build& build, Instant now) const;

 private:
  [[nodiscard]] Result<int> newest_version() const;
  [[nodiscard]] Result<TableState> read_version(int version) const;
  [[nodiscard]] Result<std::vector<DataFile>> read_files(const Snapshot& snapshot) const;
  Result<TableState> try_commit(const TableState& base, const Change& change, Instant now) const;
  void discard(const Change& change) const;

  std::shared_ptr<ObjectStore> store_;
  std::string name_;
};

// Data files written for a commit that may not come: removed on destruction unless released.
class PendingFiles {
 public:
  explicit PendingFiles(const Table& table) : table_(table) {}
  PendingFiles(const PendingFiles&) = delete;
  PendingFiles& operator=(const PendingFiles&) = delete;
  ~PendingFiles() {
    for (const auto& file : files_) (void)table_.store().remove(table_.key(file));
  }
  void add(const DataFile& file) { files_.push_back(file); }
  void release() { files_.clear(); }

 private:
  const Table& table_;
  std::vector<DataFile> files_;
};

// The tables of a lake, by name; empty when there is no lake.
Result<std::vector<std::string>> table_names(const ObjectStore& store);

}  // namespace signals
