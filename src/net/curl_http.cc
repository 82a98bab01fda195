#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/text.h"
#include "net/certificates.h"
#include "net/gzip.h"
#include "net/http.h"

namespace signals {
namespace {

constexpr long kReadAtOnce = 256L << 10;

struct Transfer {
  std::size_t id = 0;
  std::string url;
  HttpReply reply;
  CURL* easy = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  std::string& body = transfer->reply.body;
  if (body.size() + size * count > kLargestBody) return 0;
  if (body.empty()) {
    curl_off_t length = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0) body.reserve(std::min(static_cast<std::size_t>(length), kLargestBody));
  }
  body.append(data, size * count);
  return size * count;
}

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(HttpOptions options) : options_(std::move(options)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)started;
    multi_.reset(curl_multi_init());
    // Not CURLOPT_ACCEPT_ENCODING: curl would unpack by zlib, which is slower than all the rest.
    headers_.reset(curl_slist_append(nullptr, "Accept-Encoding: gzip"));
    if (!options_.json.empty()) {
      curl_slist_append(headers_.get(), "Content-Type: application/json");
    }
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  }
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;
  ~CurlClient() override {
    for (auto& [easy, running] : running_) curl_multi_remove_handle(multi_.get(), easy);
  }

  void start(std::size_t id, const std::string& url) override {
    Easy easy = take_handle();
    auto transfer = std::make_unique<Transfer>();
    transfer->id = id;
    transfer->url = url;
    transfer->easy = easy.get();
    const auto set = [&](CURLoption option, auto value) {
      curl_easy_setopt(easy.get(), option, value);
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    set(CURLOPT_HTTPHEADER, headers_.get());
    if (!ca_file_.empty()) set(CURLOPT_CAINFO, ca_file_.c_str());
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.total_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.silent_timeout.count()));
    set(CURLOPT_BUFFERSIZE, kReadAtOnce);
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(transfer.get()));
    set(CURLOPT_ERRORBUFFER, transfer->error.data());
    if (!options_.json.empty()) set(CURLOPT_POSTFIELDS, options_.json.c_str());
    CURL* key = easy.get();
    curl_multi_add_handle(multi_.get(), key);
    running_.emplace(key, Running{std::move(easy), std::move(transfer)});
  }

  std::vector<Done> wait(std::chrono::milliseconds at_most) override {
    int active = 0;
    curl_multi_perform(multi_.get(), &active);
    std::vector<Done> done = collect();
    if (!done.empty()) return done;
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(at_most.count()), nullptr);
    curl_multi_perform(multi_.get(), &active);
    return collect();
  }

  [[nodiscard]] std::size_t in_flight() const override { return running_.size(); }

  void wake() override { curl_multi_wakeup(multi_.get()); }

 private:
  struct Running {
    Easy easy;
    std::unique_ptr<Transfer> transfer;
  };

  Easy take_handle() {
    if (idle_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    curl_easy_reset(easy.get());
    return easy;
  }

  std::vector<Done> collect() {
    std::vector<Done> done;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* key = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi_.get(), key);
      auto node = running_.extract(key);
      Transfer& transfer = *node.mapped().transfer;
      long status = 0;
      curl_easy_getinfo(key, CURLINFO_RESPONSE_CODE, &status);
      if (code == CURLE_OK) {
        transfer.reply.status = static_cast<int>(status);
        transfer.reply.retry_after = retry_after(key);
        transfer.reply.date = date(key);
        transfer.reply.packed = is_packed(key);
        done.push_back({transfer.id, std::move(transfer.reply)});
      } else {
        const ErrorCode kind = status == 0 ? ErrorCode::unreachable : ErrorCode::bad_reply;
        done.push_back({transfer.id, fail(kind, explain(code, transfer)), is_of_handshake(code)});
      }
      idle_.push_back(std::move(node.mapped().easy));
    }
    return done;
  }

  static bool is_packed(CURL* easy) {
    curl_header* encoding = nullptr;
    return curl_easy_header(easy, "Content-Encoding", 0, CURLH_HEADER, -1, &encoding) ==
               CURLHE_OK &&
           lower(encoding->value).ends_with("gzip");
  }

  static std::optional<std::chrono::milliseconds> retry_after(CURL* easy) {
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0) return std::nullopt;
    return std::chrono::seconds(std::min<curl_off_t>(seconds, 31'536'000));
  }

  static std::optional<Seconds> date(CURL* easy) {
    curl_header* header = nullptr;
    if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
      return std::nullopt;
    }
    const time_t at = curl_getdate(header->value, nullptr);
    return at < 0 ? std::nullopt : std::optional(Seconds{std::chrono::seconds(at)});
  }

  static bool is_of_handshake(CURLcode code) {
    return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM ||
           code == CURLE_SSL_CIPHER || code == CURLE_SSL_INVALIDCERTSTATUS;
  }

  static std::string explain(CURLcode code, const Transfer& transfer) {
    if (code == CURLE_WRITE_ERROR) {
      return fmt::format("{}: the reply is larger than {} bytes", public_url(transfer.url),
                         kLargestBody);
    }
    const char* detail =
        transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
    return fmt::format("{}: {}", public_url(transfer.url), detail);
  }

  HttpOptions options_;
  std::string ca_file_ = http_library().ca_file;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::map<CURL*, Running> running_;
  std::vector<Easy> idle_;
};

}  // namespace

std::unique_ptr<HttpClient> make_curl_client(const HttpOptions& options) {
  return std::make_unique<CurlClient>(options);
}

Result<HttpReply> unpacked(Result<HttpReply> reply, const std::string& url) {
  if (!reply || !reply->packed) return reply;
  auto plain = gunzip(reply->body, kLargestBody);
  if (!plain) {
    return fail(plain.error().code, fmt::format("{}: {}", public_url(url), plain.error().what));
  }
  reply->body = std::move(*plain);
  reply->packed = false;
  return reply;
}

HttpLibrary http_library() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  const auto text = [](const char* word) { return std::string(word == nullptr ? "" : word); };
  static const std::vector<std::string> places = {
      text(info->cainfo), "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
      "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
  static const std::string found = find_certificates(places);
  return {text(info->version), text(info->ssl_version), found.empty() ? places.front() : found};
}

std::string find_certificates(std::span<const std::string> files) {
  const auto found = std::ranges::find_if(
      files, [](const auto& file) { return !file.empty() && ::access(file.c_str(), R_OK) == 0; });
  return found == files.end() ? "" : *found;
}

std::string public_url(const std::string& url) { return url.substr(0, url.find('?')); }

std::string encode_segment(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

}  // namespace signals
