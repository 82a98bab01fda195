// A lake in a folder of this machine. New objects are written beside their place under a hidden
// name, synced, and linked or renamed into it.
#include <arrow/io/file.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "core/file.h"
#include "core/random.h"
#include "lake/store.h"

namespace signals {
namespace {

namespace fs = std::filesystem;

std::string reason() { return std::strerror(errno); }

tl::unexpected<Error> cannot_write(const std::string& path, const std::string& why) {
  return fail(ErrorCode::store_write, fmt::format("cannot write {}: {}", path, why));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Result<void> sync_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return cannot_write(folder.string(), reason());
  return {};
}

constexpr const char* kUnfinished = ".tmp";

// A name in the same folder that no reader takes for an object, and no other writer draws: process
// numbers repeat from container to container.
std::string hidden_name(const fs::path& path) {
  return (path.parent_path() /
          fmt::format(".{}.{:016x}{}", path.filename().string(), chance(), kUnfinished))
      .string();
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

// One thread at a time: what one has made the next one finds.
Result<void> make_folder(const fs::path& folder) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return cannot_write(folder.string(), error.message());
  return {};
}

// A file under a hidden name; gone with this object unless it was put in place.
class HiddenFile {
 public:
  explicit HiddenFile(const fs::path& place) : path_(hidden_name(place)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  }
  HiddenFile(const HiddenFile&) = delete;
  HiddenFile& operator=(const HiddenFile&) = delete;
  ~HiddenFile() {
    if (fd_ >= 0) ::close(fd_);
    if (fd_ >= 0 && !path_.empty()) ::unlink(path_.c_str());
  }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] const std::string& path() const { return path_; }

  bool write(const char* data, std::size_t size) {
    while (size > 0) {
      const ssize_t n = ::write(fd_, data, size);
      if (n < 0) {
        if (errno == EINTR) continue;
        return false;
      }
      data += n;
      size -= static_cast<std::size_t>(n);
    }
    return true;
  }
  bool sync() { return ::fsync(fd_) == 0; }
  void forget() { path_.clear(); }

 private:
  std::string path_;
  int fd_;
};

// Writes a data file; Close() syncs it and gives it its name. Parquet comes in many small pieces.
class LocalOutput final : public arrow::io::OutputStream {
 public:
  explicit LocalOutput(fs::path place) : place_(std::move(place)), file_(place_) {
    set_mode(arrow::io::FileMode::WRITE);
  }
  ~LocalOutput() override = default;  // without Close() the hidden file is removed

  [[nodiscard]] bool is_open() const { return file_.is_open(); }

  arrow::Status Write(const void* data, int64_t size) override {
    position_ += size;
    const std::string_view piece(static_cast<const char*>(data), static_cast<std::size_t>(size));
    if (waiting_.size() + piece.size() > kMostWaiting) ARROW_RETURN_NOT_OK(write_waiting());
    if (piece.size() < kMostWaiting) {
      waiting_ += piece;
      return arrow::Status::OK();
    }
    return file_.write(piece.data(), piece.size()) ? arrow::Status::OK()
                                                   : arrow::Status::IOError(reason());
  }
  [[nodiscard]] arrow::Result<int64_t> Tell() const override { return position_; }
  [[nodiscard]] bool closed() const override { return closed_; }
  arrow::Status Close() override {
    if (closed_) return arrow::Status::OK();
    closed_ = true;
    ARROW_RETURN_NOT_OK(write_waiting());
    if (!file_.sync() || ::rename(file_.path().c_str(), place_.c_str()) != 0) {
      return arrow::Status::IOError(reason());
    }
    file_.forget();
    const auto synced = sync_folder(place_.parent_path());
    return synced ? arrow::Status::OK() : arrow::Status::IOError(synced.error().what);
  }
  arrow::Status Abort() override {
    closed_ = true;
    return arrow::Status::OK();
  }

 private:
  static constexpr std::size_t kMostWaiting = std::size_t{128} << 10;

  arrow::Status write_waiting() {
    const bool written = file_.write(waiting_.data(), waiting_.size());
    waiting_.clear();
    return written ? arrow::Status::OK() : arrow::Status::IOError(reason());
  }

  fs::path place_;
  HiddenFile file_;
  std::string waiting_;  // for more
  int64_t position_ = 0;
  bool closed_ = false;
};

class FlockLock final : public CommitLock {
 public:
  explicit FlockLock(int fd) : fd_(fd) {}

 private:
  Descriptor fd_;  // closing it releases the lock
};

class LocalStore final : public ObjectStore {
 public:
  explicit LocalStore(const std::string& root)
      : root_(place_of(fs::absolute(fs::path(root)).lexically_normal())) {}

  [[nodiscard]] std::string uri(std::string_view key) const override {
    return key.empty() ? root_.string() : (root_ / key).string();
  }

  [[nodiscard]] Result<std::string> read(const std::string& key) const override {
    auto bytes = read_file(uri(key));
    std::error_code error;
    if (!bytes && fs::exists(root_ / key, error)) {
      return fail(ErrorCode::store_read, bytes.error().what);
    }
    return bytes;
  }

  [[nodiscard]] Result<std::vector<ObjectInfo>> list(const std::string& prefix) const override {
    SIGNALS_ASSIGN(auto found, walk(root_ / fs::path(prefix + "x").parent_path(),
                                    [](const fs::path& path) { return !is_hidden(path); }));
    std::erase_if(found, [&](const ObjectInfo& one) { return !one.key.starts_with(prefix); });
    return found;
  }

  [[nodiscard]] Result<std::vector<std::string>> folders() const override {
    std::vector<std::string> found;
    std::error_code error;
    if (!fs::exists(root_, error)) return found;
    for (auto it = fs::directory_iterator(root_, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
      std::error_code no_folder;
      if (!it->is_directory(no_folder) || is_hidden(it->path())) continue;
      found.push_back(it->path().filename().string());
    }
    if (error) return cannot_list(root_, error);
    std::ranges::sort(found);
    return found;
  }

  [[nodiscard]] Result<std::vector<ObjectInfo>> unfinished(
      const std::string& folder) const override {
    return walk(root_ / folder, [](const fs::path& path) {
      return is_hidden(path) && path.extension() == kUnfinished;
    });
  }

  Result<void> put_if_absent(const std::string& key, std::string_view bytes) override {
    return put(key, bytes, [](const char* from, const char* to) {
      return ::link(from, to);  // fails if `to` exists, which rename would replace
    });
  }

  Result<void> replace(const std::string& key, std::string_view bytes) override {
    return put(key, bytes, ::rename);
  }

  Result<void> remove(const std::string& key) override {
    std::error_code error;
    fs::remove(root_ / key, error);
    if (error) return cannot_write(uri(key), error.message());
    return {};
  }

  Result<std::unique_ptr<CommitLock>> lock(const std::string& table) override {
    const fs::path path = root_ / table / "metadata" / ".lock";
    SIGNALS_TRY(make_folder(path.parent_path()));
    Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (fd.get() < 0) return cannot_write(path.string(), reason());
    while (::flock(fd.get(), LOCK_EX) != 0) {
      if (errno != EINTR) return cannot_write(path.string(), reason());
    }
    return std::make_unique<FlockLock>(fd.release());
  }

  [[nodiscard]] std::optional<std::int64_t> free_bytes() const override {
    fs::path folder = root_;
    std::error_code error;
    while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
    const auto space = fs::space(folder, error);
    return error ? std::nullopt : std::optional(static_cast<std::int64_t>(space.available));
  }

  Result<std::shared_ptr<arrow::io::OutputStream>> create(const std::string& key) override {
    const fs::path path = root_ / key;
    SIGNALS_TRY(make_folder(path.parent_path()));
    auto stream = std::make_shared<LocalOutput>(path);
    if (!stream->is_open()) return cannot_write(path.string(), reason());
    return stream;
  }

  [[nodiscard]] Result<std::shared_ptr<arrow::io::RandomAccessFile>> open(
      const std::string& key) const override {
    auto file = arrow::io::ReadableFile::Open(uri(key));
    if (!file.ok()) {
      return fail(ErrorCode::store_read,
                  fmt::format("cannot read {}: {}", uri(key), file.status().message()));
    }
    return *file;
  }

 private:
  static tl::unexpected<Error> cannot_list(const fs::path& folder, const std::error_code& error) {
    return fail(ErrorCode::store_read,
                fmt::format("cannot list {}: {}", folder.string(), error.message()));
  }

  // The files below a folder that `wanted` says yes to, in key order.
  template <class Wanted>
  [[nodiscard]] Result<std::vector<ObjectInfo>> walk(const fs::path& folder, Wanted wanted) const {
    std::vector<ObjectInfo> found;
    std::error_code error;
    if (!fs::exists(folder, error)) return found;
    for (auto it = fs::recursive_directory_iterator(folder, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      // One that another process takes away meanwhile is no error.
      struct stat info {};
      if (!wanted(it->path()) || ::stat(it->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
        continue;
      }
      found.push_back({it->path().lexically_relative(root_).generic_string(), info.st_size,
                       Instant{std::chrono::seconds(info.st_mtim.tv_sec) +
                               std::chrono::microseconds(info.st_mtim.tv_nsec / 1000)}});
    }
    if (error) return cannot_list(folder, error);
    std::ranges::sort(found, {}, &ObjectInfo::key);
    return found;
  }

  // One place has one name, whichever links lead to it: a table's metadata names it.
  static fs::path place_of(fs::path path) {
    if (!path.has_filename()) path = path.parent_path();
    std::error_code error;
    const fs::path real = fs::weakly_canonical(path, error);
    return error ? path : real;
  }

  template <class Place>
  Result<void> put(const std::string& key, std::string_view bytes, Place place) {
    const fs::path path = root_ / key;
    SIGNALS_TRY(make_folder(path.parent_path()));
    HiddenFile file(path);
    if (!file.is_open() || !file.write(bytes.data(), bytes.size()) || !file.sync()) {
      return cannot_write(path.string(), reason());
    }
    if (place(file.path().c_str(), path.c_str()) != 0) {
      if (errno == EEXIST) return fail(ErrorCode::already_exists, path.string() + " exists");
      return cannot_write(path.string(), reason());
    }
    // From here on readers see it: a folder that cannot be synced only makes it less safe from a
    // power cut.
    (void)sync_folder(path.parent_path());
    return {};
  }

  fs::path root_;
};

}  // namespace

std::shared_ptr<ObjectStore> make_local_store(const std::string& root) {
  return std::make_shared<LocalStore>(root);
}

Result<std::shared_ptr<ObjectStore>> open_local_store(const std::string& root,
                                                      const StoreOptions& /*options*/) {
  return make_local_store(root);
}

}  // namespace signals
