// Table: an Apache Iceberg v2 table. Immutable data files named by snapshots; a snapshot becomes
// current by one atomic commit.
//
//   <lake>/<table>/data/<year>/<bucket>/<chance>.parquet
//   <lake>/<table>/metadata/<chance>-m<bucket>.avro      a manifest: the data files of a bucket, or
//                                                        of a year in a table without buckets
//   <lake>/<table>/metadata/snap-<id>-<chance>.avro      the manifests of a snapshot
//   <lake>/<table>/metadata/v<N>.metadata.json           one per commit, created if absent: the
//   commit <lake>/<table>/metadata/version-hint.text            N, a hint where to start looking
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/date.h"
#include "core/result.h"
#include "lake/partition.h"
#include "lake/store.h"
#include "lake/table_state.h"

namespace signals {

// What a commit does: the files of `replaced` partitions (or of all), and the `removed` ones, make
// way for `added`.
struct Change {
  std::set<Partition> replaced;
  std::set<std::string> removed;  // paths of data files
  bool replace_all = false;
  bool new_schema = false;  // `schema` may lack columns of the table; else it may only add some
  std::vector<DataFile> added;
  Schema schema;
  std::map<std::string, std::string> properties;  // replace the table's when not empty
  std::map<std::string, std::string> summary;
  // What else `summary` says, by the state that the change is put on: others may have committed
  // since it was built, as long as they left its partitions alone.
  std::function<void(const TableState& before, std::map<std::string, std::string>& summary)> tell;
  std::string tag;  // names the new snapshot, which then is kept; "": none

  [[nodiscard]] bool empty() const {
    return replaced.empty() && removed.empty() && added.empty() && !replace_all;
  }
};

class PendingObjects;

class Table {
 public:
  Table(std::shared_ptr<ObjectStore> store, std::string name)
      : store_(std::move(store)), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] ObjectStore& store() const { return *store_; }
  [[nodiscard]] const std::shared_ptr<ObjectStore>& shared_store() const { return store_; }

  // The newest state; `exists()` is false when there is no such table.
  [[nodiscard]] Result<TableState> load() const;

  // The newest state without its files, which takes reading one small file.
  [[nodiscard]] Result<TableState> load_metadata() const;

  // The state of an older snapshot, `files` included. no_snapshot if it is not kept.
  [[nodiscard]] Result<TableState> load_snapshot(std::int64_t id) const;

  // The same, by what a person writes: an id, or a date or time: the snapshot that was current at
  // its end. bad_date for what is neither.
  [[nodiscard]] Result<TableState> load_snapshot_of(const std::string& id_or_time) const;

  // The key of a data file in the store.
  [[nodiscard]] std::string key(const DataFile& file) const { return key(file.path); }
  [[nodiscard]] std::string key(const std::string& path) const { return name_ + "/" + path; }

  // A fresh, unique path for a data file of `partition`.
  [[nodiscard]] std::string new_path(const Partition& partition) const;

  // Whether the table does not stand where its metadata says: it was moved or copied.
  [[nodiscard]] bool is_moved(const TableState& state) const {
    return state.exists() && state.location != store_->uri(name_);
  }

  // The keys of all objects that the snapshots of a state need.
  [[nodiscard]] Result<std::set<std::string>> referenced(const TableState& state) const;

  // Makes the files of a change from a state of the table.
  using Build = std::function<Result<Change>(const TableState& base)>;

  // Builds and commits; when another writer was first, rebases onto its state, building again if it
  // changed a bucket this change touches. An empty change commits nothing and returns the base.
  // Files of a change that did not make it are removed. race_lost after 20 tries; schema_differs.
  // The metadata of a table that was moved names its new place from then on.
  Result<TableState> commit(const Build& build, Instant now) const;

  // Drops snapshots from a state, or nothing; returns whether it changed it.
  using Edit = std::function<bool(TableState&)>;

  // Commits what `edit` leaves of the snapshots, and the place of a table that was moved. The data
  // and the current snapshot stay what they are; when there is nothing to do there is no commit.
  Result<TableState> amend(const Edit& edit, Instant now) const;

 private:
  struct Version {
    int number = 0;  // 0: there is none
    std::string json;
  };
  [[nodiscard]] Result<Version> newest_version(int at_least) const;
  [[nodiscard]] Result<TableState> load_from(const Version& version) const;
  [[nodiscard]] Result<TableState> load_at(const TableState& state, std::size_t snapshot) const;
  [[nodiscard]] Result<TableState> load_since(const TableState& base) const;
  Result<void> read_files(TableState& state) const;
  [[nodiscard]] Result<std::vector<Manifest>> read_manifests(const TableState& state,
                                                             const Snapshot& snapshot) const;

  Result<TableState> try_commit(const TableState& current, const Change& change, Instant now) const;
  Result<void> write_snapshot(TableState& next, Snapshot snapshot, const Change& change,
                              PendingObjects& written) const;
  Result<void> write_paths_anew(TableState& state, PendingObjects& written) const;
  Result<void> put_version(TableState& next, const TableState& current, Instant now) const;
  void discard(const Change& change) const;

  std::shared_ptr<ObjectStore> store_;
  std::string name_;
};

// Objects written for a commit that may not come: removed on destruction unless released.
class PendingObjects {
 public:
  explicit PendingObjects(ObjectStore& store) : store_(store) {}
  PendingObjects(const PendingObjects&) = delete;
  PendingObjects& operator=(const PendingObjects&) = delete;
  ~PendingObjects() {
    for (const auto& key : keys_) (void)store_.remove(key);
  }
  void add(const std::string& key) { keys_.push_back(key); }
  void release() { keys_.clear(); }

 private:
  ObjectStore& store_;
  std::vector<std::string> keys_;
};

// The same for data files of a table.
class PendingFiles {
 public:
  explicit PendingFiles(const Table& table) : table_(table), objects_(table.store()) {}
  void add(const DataFile& file) { objects_.add(table_.key(file)); }
  void release() { objects_.release(); }

 private:
  const Table& table_;
  PendingObjects objects_;
};

// 32 hexadecimal digits that no other writer draws.
std::string random_name();

// Names all that one run of the program commits, in every table: drawn when it is first asked for.
const std::string& run_id();

// The tables of a lake, by name; empty when there is no lake.
Result<std::vector<std::string>> table_names(const ObjectStore& store);

}  // namespace signals
