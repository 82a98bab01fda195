// HttpClient: GET requests, several at once. The curl client is the only one that touches a
// network.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/date.h"
#include "core/result.h"

namespace signals {

inline constexpr std::size_t kLargestBody = 64U << 20;

struct HttpReply {
  int status = 0;
  std::string body;
  std::optional<std::chrono::milliseconds> retry_after{};  // of the header, date or seconds
  std::optional<Seconds> date{};                           // the server's clock, of the header
  bool packed = false;                                     // the body is gzip's: see unpacked()
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Starts a GET; `id` comes back with its reply.
  virtual void start(std::size_t id, const std::string& url) = 0;

  struct Done {
    std::size_t id;
    Result<HttpReply>
        reply;  // any status is a reply; a part of one is `bad_reply`, none `unreachable`
    bool handshake_failed = false;  // connected, but the connection could not be made secure
  };

  // The requests that ended, after waiting up to `at_most` for one; their bodies as they came.
  virtual std::vector<Done> wait(std::chrono::milliseconds at_most) = 0;

  // Those that were started and not yet given back by wait().
  [[nodiscard]] virtual std::size_t in_flight() const = 0;

  // So many more than are wanted at the server may be started: the client sends them when others
  // have ended, and does not stand idle while its caller reads. take_back() forgets those that were
  // not sent yet; their ids.
  [[nodiscard]] virtual std::size_t queue() const { return 0; }
  virtual std::vector<std::size_t> take_back() { return {}; }

  // Ends a wait() that is under way, or the next one; the only call allowed to another thread.
  virtual void wake() {}
};

struct HttpOptions {
  std::string user_agent;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds total_timeout{30'000};
  std::chrono::seconds silent_timeout{15};  // without a byte
  std::string json{};                       // when not empty, requests are POSTs of this document
};

// libcurl's multi interface: connections are kept and reused, gzip and HTTP/2 are taken when
// offered.
std::unique_ptr<HttpClient> make_curl_client(const HttpOptions& options);

// The same client on a thread of its own: it receives while its caller reads the last replies. It
// sends `most_in_flight` requests at once, and queues up to `queue` more.
std::unique_ptr<HttpClient> in_background(std::unique_ptr<HttpClient> client,
                                          std::size_t most_in_flight, std::size_t queue);

// The reply with its body in plain text; bad_reply for one that is damaged or larger than
// kLargestBody. Not the curl client's work: who receives should not be kept from receiving. (The
// one in the background does it when its reader is behind.)
Result<HttpReply> unpacked(Result<HttpReply> reply, const std::string& url);

// What the client is built on.
struct HttpLibrary {
  std::string version, tls;
  std::string ca_file;  // certificates that are trusted; empty: it does not say
};
HttpLibrary http_library();

// The URL without its query, for logs and errors.
std::string public_url(const std::string& url);

// Percent-encodes everything but letters, digits and -._~ (one segment of a path).
std::string encode_segment(const std::string& text);

}  // namespace signals
