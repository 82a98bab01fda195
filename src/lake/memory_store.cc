// A lake in memory: the complete twin of the others, for tests. Stores of the same name share
// bytes.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>

#include <map>
#include <mutex>

#include "lake/store.h"

namespace signals {
namespace {

struct Shelf {
  std::mutex mutex;
  std::mutex commit;
  struct Object {
    std::string bytes;
    Instant modified =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
  std::map<std::string, Object> objects;
};

class MemoryLock final : public CommitLock {
 public:
  explicit MemoryLock(std::mutex& mutex) : lock_(mutex) {}

 private:
  std::unique_lock<std::mutex> lock_;
};

class MemoryOutput final : public arrow::io::OutputStream {
 public:
  MemoryOutput(std::shared_ptr<Shelf> shelf, std::string key)
      : shelf_(std::move(shelf)), key_(std::move(key)) {
    set_mode(arrow::io::FileMode::WRITE);
  }
  arrow::Status Write(const void* data, int64_t size) override {
    bytes_.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
    return arrow::Status::OK();
  }
  [[nodiscard]] arrow::Result<int64_t> Tell() const override {
    return static_cast<int64_t>(bytes_.size());
  }
  [[nodiscard]] bool closed() const override { return closed_; }
  arrow::Status Close() override {
    if (closed_) return arrow::Status::OK();
    closed_ = true;
    const std::lock_guard lock(shelf_->mutex);
    shelf_->objects[key_] = {std::move(bytes_)};
    return arrow::Status::OK();
  }
  arrow::Status Abort() override {
    closed_ = true;
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<Shelf> shelf_;
  std::string key_;
  std::string bytes_;
  bool closed_ = false;
};

class MemoryStore final : public ObjectStore {
 public:
  MemoryStore(std::string name, std::shared_ptr<Shelf> shelf)
      : name_(std::move(name)), shelf_(std::move(shelf)) {}

  [[nodiscard]] std::string uri(std::string_view key) const override {
    return fmt::format("mem:{}/{}", name_, key);
  }
  [[nodiscard]] Result<std::string> read(const std::string& key) const override {
    const std::lock_guard lock(shelf_->mutex);
    const auto it = shelf_->objects.find(key);
    if (it == shelf_->objects.end()) {
      return fail(ErrorCode::no_input, "cannot read " + uri(key) + ": no such object");
    }
    return it->second.bytes;
  }
  [[nodiscard]] Result<std::vector<ObjectInfo>> list(const std::string& prefix) const override {
    const std::lock_guard lock(shelf_->mutex);
    std::vector<ObjectInfo> found;
    for (const auto& [key, object] : shelf_->objects) {
      if (!key.starts_with(prefix)) continue;
      found.push_back({key, static_cast<std::int64_t>(object.bytes.size()), object.modified});
    }
    return found;
  }
  [[nodiscard]] Result<std::vector<std::string>> folders() const override {
    const std::lock_guard lock(shelf_->mutex);
    std::vector<std::string> found;
    for (const auto& [key, object] : shelf_->objects) {
      std::string folder = key.substr(0, key.find('/'));
      if (folder.size() < key.size() && (found.empty() || found.back() != folder)) {
        found.push_back(std::move(folder));
      }
    }
    return found;
  }
  Result<void> put_if_absent(const std::string& key, std::string_view bytes) override {
    const std::lock_guard lock(shelf_->mutex);
    if (!shelf_->objects.try_emplace(key, Shelf::Object{std::string(bytes)}).second) {
      return fail(ErrorCode::already_exists, uri(key) + " exists");
    }
    return {};
  }
  Result<void> replace(const std::string& key, std::string_view bytes) override {
    const std::lock_guard lock(shelf_->mutex);
    shelf_->objects[key] = {std::string(bytes)};
    return {};
  }
  Result<void> remove(const std::string& key) override {
    const std::lock_guard lock(shelf_->mutex);
    shelf_->objects.erase(key);
    return {};
  }
  Result<std::unique_ptr<CommitLock>> lock(const std::string& /*table*/) override {
    return std::make_unique<MemoryLock>(shelf_->commit);
  }
  Result<std::shared_ptr<arrow::io::OutputStream>> create(const std::string& key) override {
    return std::make_shared<MemoryOutput>(shelf_, key);
  }
  [[nodiscard]] Result<std::shared_ptr<arrow::io::RandomAccessFile>> open(
      const std::string& key) const override {
    SIGNALS_ASSIGN(std::string bytes, read(key));
    return std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(bytes)));
  }

 private:
  std::string name_;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace

std::shared_ptr<ObjectStore> make_memory_store(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Shelf>> shelves;
  const std::lock_guard lock(mutex);
  auto shelf = shelves[name].lock();
  if (!shelf) shelves[name] = shelf = std::make_shared<Shelf>();
  return std::make_shared<MemoryStore>(name, std::move(shelf));
}

}  // namespace signals
