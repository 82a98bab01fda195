// The files that a publish leaves beside the table: first in a folder of the snapshot, then, when
// the snapshot is current, copied to the table's own folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lake/store.h"

namespace signals {

// In the summary of a snapshot, beside its folder (kPublished): the last date whose rows are in the
// table.
inline constexpr const char* kThrough = "through";

// The tag of a snapshot that has a live file begins with it; the file's date follows.
inline constexpr std::string_view kLiveTag = "live-";

inline constexpr const char* kLiveFile = "live_features.parquet";
inline constexpr const char* kMappingFile = "mapping.parquet";
inline constexpr const char* kCoverageFile = "coverage.csv";
inline constexpr const char* kManifestFile = "manifest.json";

// Files of one folder that is made for a commit. Unless it is kept they are removed again.
class PublishedFolder {
 public:
  // `folder` is a key without a slash at its end.
  PublishedFolder(std::shared_ptr<ObjectStore> store, std::string folder)
      : store_(std::move(store)), folder_(std::move(folder)) {}
  PublishedFolder(const PublishedFolder&) = delete;
  PublishedFolder& operator=(const PublishedFolder&) = delete;
  ~PublishedFolder();

  // The key for a file that the caller writes; note() it when it stands.
  [[nodiscard]] std::string key(std::string_view file) const;
  Result<void> note(const std::string& file);
  Result<void> write(const std::string& file, std::string_view bytes);

  // SHA-256 by file.
  [[nodiscard]] const std::map<std::string, std::string>& hashes() const { return hashes_; }
  void keep() { kept_ = true; }

 private:
  std::shared_ptr<ObjectStore> store_;
  std::string folder_;
  std::map<std::string, std::string> hashes_;
  bool kept_ = false;
};

// Makes the files beside the table those that the manifest of `folder` names, the manifest last; a
// live file that it does not name goes. What is there already, byte for byte, stays: a run that was
// killed before, or a file that was lost, is made good.
Result<void> copy_published(ObjectStore& store, const std::string& table,
                            const std::string& folder);

// What a manifest says of the newest date.
struct PublishedState {
  std::string d, live_date;  // live_date: "" without a live file
  bool degraded = false;
  std::int64_t members = 0, mapped = 0, rows = 0, fresh = 0, unsettled = 0;
  std::map<std::string, std::string> hashes;  // SHA-256 by file
};

// The state by the manifest of a folder of the table ("": the table's own); no_input if there is
// none, bad_metadata for one that cannot be read.
Result<PublishedState> published_state(const ObjectStore& store, const std::string& table,
                                       const std::string& folder = "");

// Why the live file beside the table cannot be used for the round of D, "" if it can; `state` gets
// what is published.
Result<std::string> live_obstacle(const ObjectStore& store, const std::string& table,
                                  const std::string& d, PublishedState& state);

// What the manifest beside the table says of the live file: its date, empty when there is none.
std::string live_date(const ObjectStore& store, const std::string& table);

}  // namespace signals
