// A lake in a bucket. An object appears when its upload is complete; `If-None-Match: *` in a single
// PUT decides races.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include <algorithm>
#include <mutex>

#include "core/random.h"
#include "lake/s3_files.h"
#include "lake/s3_requests.h"
#include "lake/s3_streams.h"
#include "lake/store.h"

namespace signals {
namespace {

// A file of no more comes as a whole: a request for each of its columns would take longer.
constexpr std::int64_t kReadAtOnce = 8 << 20;

class S3Lock final : public CommitLock {};

class S3Store final : public ObjectStore {
 public:
  explicit S3Store(S3Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] std::string uri(std::string_view key) const override {
    return s3_uri(settings_, key);
  }

  [[nodiscard]] Result<std::string> read(const std::string& key) const override {
    SIGNALS_ASSIGN(const auto link, link_up());
    return link->requests->read(key);
  }

  [[nodiscard]] Result<std::vector<ObjectInfo>> list(const std::string& prefix) const override {
    const auto slash = prefix.rfind('/');
    SIGNALS_ASSIGN(const auto infos,
                   look(slash == std::string::npos ? "" : prefix.substr(0, slash), true));
    std::vector<ObjectInfo> found;
    for (const auto& info : infos) {
      if (!info.IsFile()) continue;
      std::string key = info.path().substr(root().size() + 1);
      if (!key.starts_with(prefix)) continue;
      found.push_back({std::move(key), info.size(),
                       std::chrono::time_point_cast<std::chrono::microseconds>(info.mtime())});
    }
    std::ranges::sort(found, {}, &ObjectInfo::key);
    return found;
  }

  [[nodiscard]] Result<std::vector<std::string>> folders() const override {
    SIGNALS_ASSIGN(const auto infos, look("", false));
    std::vector<std::string> found;
    for (const auto& info : infos) {
      if (info.IsDirectory()) found.push_back(info.base_name());
    }
    std::ranges::sort(found);
    return found;
  }

  Result<void> put_if_absent(const std::string& key, std::string_view bytes) override {
    SIGNALS_ASSIGN(const auto link, link_up());
    return link->requests->put_if_absent(key, bytes);
  }

  Result<void> replace(const std::string& key, std::string_view bytes) override {
    SIGNALS_ASSIGN(const auto link, link_up());
    return link->requests->replace(key, bytes);
  }

  Result<void> remove(const std::string& key) override {
    SIGNALS_ASSIGN(const auto link, link_up());
    return link->requests->remove(key);
  }

  // There is no lock: a bucket's writers may be anywhere.
  Result<std::unique_ptr<CommitLock>> lock(const std::string& /*table*/) override {
    return std::make_unique<S3Lock>();
  }

  Result<std::shared_ptr<arrow::io::OutputStream>> create(const std::string& key) override {
    SIGNALS_ASSIGN(const auto link, link_up());
    auto stream = link->connection->files->OpenOutputStream(s3_path(settings_, key), {});
    if (!stream.ok()) return failed(S3Doing::write, *link, key, stream.status());
    return whole_or_nothing(std::move(*stream), explain(S3Doing::write, *link, key));
  }

  [[nodiscard]] Result<std::shared_ptr<arrow::io::RandomAccessFile>> open(
      const std::string& key) const override {
    SIGNALS_ASSIGN(const auto link, link_up());
    auto file = link->connection->files->OpenInputFile(s3_path(settings_, key));
    if (!file.ok()) return failed(S3Doing::read, *link, key, file.status());
    const auto size = (*file)->GetSize();
    if (!size.ok()) return failed(S3Doing::read, *link, key, size.status());
    if (*size > kReadAtOnce) {
      return explained(std::move(*file), explain(S3Doing::read, *link, key));
    }
    auto bytes = (*file)->ReadAt(0, *size);
    if (!bytes.ok()) return failed(S3Doing::read, *link, key, bytes.status());
    return std::make_shared<arrow::io::BufferReader>(std::move(*bytes));
  }

 private:
  struct Link {
    std::shared_ptr<const S3Connection> connection;
    std::unique_ptr<S3Requests> requests;
  };

  static tl::unexpected<Error> failed(S3Doing doing, const Link& link, const std::string& key,
                                      const arrow::Status& status) {
    return tl::unexpected(s3_error_of_arrow(doing, *link.connection, key, status));
  }

  static ExplainStatus explain(S3Doing doing, const Link& link, const std::string& key) {
    return [doing, connection = link.connection, key](const arrow::Status& status) {
      return s3_error_of_arrow(doing, *connection, key, status);
    };
  }

  [[nodiscard]] std::string root() const { return s3_path(settings_, ""); }

  // Connects when it is first needed.
  [[nodiscard]] Result<std::shared_ptr<const Link>> link_up() const {
    const std::lock_guard lock(mutex_);
    if (link_) return link_;
    auto link = std::make_shared<Link>();
    SIGNALS_ASSIGN(link->connection, connect_to_s3(settings_));
    SignedHttpOptions http{.user_agent = "signals/" SIGNALS_VERSION, .ca_file = settings_.ca_file};
    link->requests = std::make_unique<S3Requests>(
        link->connection->settings,
        [connection = link->connection] { return present_keys(*connection); },
        make_signed_http(http), system_clock(), chance);
    link_ = std::move(link);
    return link_;
  }

  // What lies in a folder, or below it; nothing where there is none.
  [[nodiscard]] Result<arrow::fs::FileInfoVector> look(const std::string& folder,
                                                       bool below) const {
    SIGNALS_ASSIGN(const auto link, link_up());
    arrow::fs::FileSelector select;
    select.base_dir = s3_path(settings_, folder);
    select.allow_not_found = true;
    select.recursive = below;
    auto infos = link->connection->files->GetFileInfo(select);
    if (!infos.ok()) return failed(S3Doing::list, *link, folder, infos.status());
    return std::move(*infos);
  }

  S3Settings settings_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Link> link_;
};

}  // namespace

Result<std::shared_ptr<ObjectStore>> open_s3_store(const std::string& place,
                                                   const StoreOptions& options) {
  SIGNALS_ASSIGN(S3Settings settings, s3_settings(place, options));
  return std::make_shared<S3Store>(std::move(settings));
}

}  // namespace signals
