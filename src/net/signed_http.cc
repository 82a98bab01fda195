#include "net/signed_http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <mutex>
#include <vector>

#include "net/sha256.h"

namespace signals {
namespace {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Headers = std::unique_ptr<curl_slist, ListDeleter>;

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  static_cast<std::string*>(user)->append(data, size * count);
  return size * count;
}

Headers headers_of(const SignedRequest& request) {
  std::vector<std::string> lines = {"x-amz-content-sha256: " + sha256(request.body)};
  if (request.only_if_absent) lines.emplace_back("If-None-Match: *");
  if (request.method == "PUT") lines.emplace_back("Content-Type: " + request.type);
  if (!request.keys.token.empty()) {
    lines.emplace_back("x-amz-security-token: " + request.keys.token);
  }
  lines.insert(lines.end(), request.headers.begin(), request.headers.end());
  Headers headers;
  for (const auto& line : lines) {
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    (void)headers.release();
    headers.reset(longer);
  }
  return headers;
}

class CurlSignedHttp final : public SignedHttp {
 public:
  explicit CurlSignedHttp(SignedHttpOptions options) : options_(std::move(options)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)started;
    if (options_.ca_file.empty()) options_.ca_file = http_library().ca_file;
  }

  Result<HttpReply> send(const SignedRequest& request) override {
    Easy easy = take_handle();
    const auto set = [&](CURLoption option, auto value) {
      curl_easy_setopt(easy.get(), option, value);
    };
    const Headers headers = headers_of(request);
    const std::string signature = fmt::format("aws:amz:{}:{}", request.region, request.service);
    const std::string keys = request.keys.id + ":" + request.keys.secret;
    HttpReply reply;
    std::array<char, CURL_ERROR_SIZE> error{};
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    set(CURLOPT_AWS_SIGV4, signature.c_str());
    set(CURLOPT_USERPWD, keys.c_str());
    if (request.method == "PUT" || request.method == "POST") {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    }
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_PROXY, "");  // as Arrow's requests, which know none
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.total_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.silent_timeout.count()));
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&reply.body));
    set(CURLOPT_ERRORBUFFER, error.data());
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    const CURLcode code = curl_easy_perform(easy.get());
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    put_back(std::move(easy));
    if (code != CURLE_OK) {
      return fail(ErrorCode::unreachable,
                  error[0] != '\0' ? error.data() : curl_easy_strerror(code));
    }
    reply.status = static_cast<int>(status);
    return reply;
  }

 private:
  Easy take_handle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  // Its connection stays with it, and nothing else.
  void put_back(Easy easy) {
    curl_easy_reset(easy.get());
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(easy));
  }

  SignedHttpOptions options_;
  std::mutex mutex_;
  std::vector<Easy> idle_;
};

}  // namespace

std::unique_ptr<SignedHttp> make_signed_http(const SignedHttpOptions& options) {
  return std::make_unique<CurlSignedHttp>(options);
}

}  // namespace signals
