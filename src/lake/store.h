// ObjectStore: where a lake's bytes live. Keys are relative to the lake's root and use '/'.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"
#include "core/result.h"

namespace arrow::io {
class OutputStream;
class RandomAccessFile;
}  // namespace arrow::io

namespace signals {

struct ObjectInfo {
  std::string key;
  std::int64_t bytes = 0;
  Instant modified{};
};

// Held while a commit looks for the newest version and adds the next; released by destruction.
class CommitLock {
 public:
  virtual ~CommitLock() = default;
};

// Every operation is whole or not at all: no reader ever sees half an object. Errors are
// store_write, store_read, or what the comment says. Safe to use from several threads.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // What another program would open: an absolute path on a disk, a URI elsewhere.
  [[nodiscard]] virtual std::string uri(std::string_view key) const = 0;

  // no_input if there is no such object.
  [[nodiscard]] virtual Result<std::string> read(const std::string& key) const = 0;

  // All objects whose key starts with `prefix`, in key order.
  [[nodiscard]] virtual Result<std::vector<ObjectInfo>> list(const std::string& prefix) const = 0;

  // The folders at the lake's root, in order.
  [[nodiscard]] virtual Result<std::vector<std::string>> folders() const = 0;

  // What writers left half-written below a folder; no other operation but remove() sees these.
  [[nodiscard]] virtual Result<std::vector<ObjectInfo>> unfinished(
      const std::string& folder) const {
    (void)folder;
    return std::vector<ObjectInfo>();
  }

  // Creates the object, durable on return; already_exists if it is there; unreachable if it may
  // have been created all the same. Where an answer can get lost, an object of the very same bytes
  // may be taken for one's own: bytes that must have one writer name that writer.
  virtual Result<void> put_if_absent(const std::string& key, std::string_view bytes) = 0;

  // Creates or replaces the object.
  virtual Result<void> replace(const std::string& key, std::string_view bytes) = 0;

  // Removes the object if it is there.
  virtual Result<void> remove(const std::string& key) = 0;

  // Shuts other committers of `table` out on stores where that is cheap; put_if_absent decides
  // races.
  virtual Result<std::unique_ptr<CommitLock>> lock(const std::string& table) = 0;

  // Bytes that can still be written; empty when the store has no limit or does not say.
  [[nodiscard]] virtual std::optional<std::int64_t> free_bytes() const { return std::nullopt; }

  // A new object written piece by piece; it appears, durable, when the stream closes without error.
  virtual Result<std::shared_ptr<arrow::io::OutputStream>> create(const std::string& key) = 0;

  [[nodiscard]] virtual Result<std::shared_ptr<arrow::io::RandomAccessFile>> open(
      const std::string& key) const = 0;
};

// What a store may ask beside its URI.
struct StoreOptions {
  std::string s3_endpoint{};  // of --s3-endpoint
  // Variables of the environment; where it is not set there are none.
  std::function<std::optional<std::string>(const std::string& name)> environment{};
};

// Opens the store that a lake URI names: a path, `file:…`, or another row of stores.def. Touches
// nothing; a lake that does not exist yet is made by the first write. Usage error for an unknown
// scheme.
Result<std::shared_ptr<ObjectStore>> open_store(const std::string& uri,
                                                const StoreOptions& options = {});

std::shared_ptr<ObjectStore> make_local_store(const std::string& root);
std::shared_ptr<ObjectStore> make_memory_store(const std::string& name);

// Rows of stores.def: the store at what follows the scheme.
Result<std::shared_ptr<ObjectStore>> open_local_store(const std::string& root,
                                                      const StoreOptions& options);
Result<std::shared_ptr<ObjectStore>> open_s3_store(const std::string& place,
                                                   const StoreOptions& options);

// Ends what stores keep while the program runs. Main ends with it, when no store is open any more;
// nothing can be opened afterwards.
void close_stores();

// Of the Arrow that reads and writes the files.
std::string arrow_version();

}  // namespace signals
