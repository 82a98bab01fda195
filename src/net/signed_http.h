// SignedHttp: requests signed as AWS asks (Signature Version 4), each sent and waited for.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace signals {

struct SigningKeys {
  std::string id, secret;
  std::string token;  // of keys that are lent for a time
  bool operator==(const SigningKeys&) const = default;
};

struct SignedRequest {
  std::string method;  // GET, PUT, POST or DELETE
  std::string url;     // its path as it is to be sent and signed: percent-encoded, without a query
  std::string service, region;
  SigningKeys keys;
  std::string_view body{};                        // of a PUT or POST
  std::string type = "application/octet-stream";  // of the body, as MIME has it
  bool only_if_absent = false;
  std::vector<std::string> headers{};  // more of them, "Name: value"; signed too
};

struct SignedHttpOptions {
  std::string user_agent;
  std::string ca_file{};  // certificates to trust; empty: curl's
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{60'000};
  std::chrono::seconds silent_timeout{15};  // without a byte
};

// Safe to use from several threads.
class SignedHttp {
 public:
  virtual ~SignedHttp() = default;

  // Any status is a reply. `unreachable` when none came, or a part of one: the server may have
  // done what it was asked.
  virtual Result<HttpReply> send(const SignedRequest& request) = 0;
};

// libcurl's easy interface; connections are kept and reused.
std::unique_ptr<SignedHttp> make_signed_http(const SignedHttpOptions& options);

}  // namespace signals
