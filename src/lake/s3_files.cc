#include "lake/s3_files.h"

#include <fmt/format.h>

#include <cerrno>

#include "core/random.h"

#include "lake/s3_requests.h"
#include "net/http.h"

namespace signals {
namespace {

constexpr double kConnectSeconds = 5, kSilentSeconds = 15;
constexpr const char* kUsualRegion = "us-east-1";

arrow::Status start_s3() {
  static const arrow::Status started = [] {
    auto options = arrow::fs::S3GlobalOptions::Defaults();
    options.log_level = arrow::fs::S3LogLevel::Off;
    return arrow::fs::InitializeS3(options);
  }();
  return started;
}

// As our own requests are repeated; the AWS library's rules would wait for half a minute.
class Retry final : public arrow::fs::S3RetryStrategy {
 public:
  bool ShouldRetry(const AWSErrorDetail& error, int64_t attempted_retries) override {
    return error.should_retry && attempted_retries + 1 < kS3Tries;
  }
  int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail& /*error*/,
                                        int64_t attempted_retries) override {
    const auto bound =
        static_cast<std::uint64_t>(s3_pause_bound(static_cast<int>(attempted_retries)).count());
    return static_cast<int64_t>(1 + chance() % bound);
  }
};

arrow::fs::S3Options options_of(const S3Settings& settings) {
  auto options = arrow::fs::S3Options::Defaults();
  options.region = settings.region;
  options.endpoint_override = settings.host;
  if (!settings.host.empty()) options.scheme = settings.scheme;
  options.connect_timeout = kConnectSeconds;
  options.request_timeout = kSilentSeconds;
  options.retry_strategy = std::make_shared<Retry>();
  // A commit that is done is in the bucket, not under way to it.
  options.background_writes = false;
  // What fits one part goes in one request, when the stream closes.
  options.allow_delayed_open = true;
  // The wheel's libraries look for certificates where its own system has them.
  options.tls_ca_file_path = settings.ca_file.empty() ? http_library().ca_file : settings.ca_file;
  return options;
}

bool is_not_found(const arrow::Status& status) {
  return status.detail() != nullptr &&
         status.detail()->ToString().starts_with(fmt::format("[errno {}]", ENOENT));
}

}  // namespace

Result<std::shared_ptr<const S3Connection>> connect_to_s3(const S3Settings& settings) {
  auto connection = std::make_shared<S3Connection>();
  connection->settings = settings;
  const auto failed = [&](const arrow::Status& status) {
    return tl::unexpected(s3_error_of_arrow(S3Doing::list, *connection, "", status));
  };
  if (const auto started = start_s3(); !started.ok()) return failed(started);
  // Without a region the AWS library would ask a server that only its own machines have.
  if (settings.region.empty() && !settings.host.empty()) connection->settings.region = kUsualRegion;
  connection->options = options_of(connection->settings);
  SIGNALS_TRY(present_keys(*connection));
  auto files = arrow::fs::S3FileSystem::Make(connection->options);
  if (!files.ok()) return failed(files.status());
  connection->files = *files;
  connection->settings.region = connection->files->region();

  arrow::fs::FileSelector top;
  top.base_dir = s3_path(settings, "");
  if (const auto listed = connection->files->GetFileInfo(top);
      !listed.ok() && !is_not_found(listed.status())) {
    return failed(listed.status());
  }
  return connection;
}

void end_s3() { (void)arrow::fs::EnsureS3Finalized(); }

Result<SigningKeys> present_keys(const S3Connection& connection) {
  const auto& options = connection.options;
  SigningKeys keys;
  // Three questions, between which the provider may renew them.
  for (int tries = 0; tries < kS3Tries; ++tries) {
    keys = {options.GetAccessKey(), options.GetSecretKey(), options.GetSessionToken()};
    if (keys.id == options.GetAccessKey()) break;
  }
  if (!keys.id.empty()) return keys;
  return fail(ErrorCode::store_refused,
              fmt::format("no access keys for {}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                          "name a profile by AWS_PROFILE, or run where a role gives keys",
                          s3_uri(connection.settings, "")));
}

Error s3_error_of_arrow(S3Doing doing, const S3Connection& connection, const std::string& key,
                        const arrow::Status& status) {
  if (doing == S3Doing::read && is_not_found(status)) {
    return {ErrorCode::no_input,
            fmt::format("cannot read {}: no such object", s3_uri(connection.settings, key))};
  }
  return s3_error(doing, connection.settings, key, connection.options.GetAccessKey(),
                  s3_refusal_of_arrow(status.message()));
}

}  // namespace signals
