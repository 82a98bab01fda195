// Single requests for whole objects: read, put, remove. They are repeated while that can help, and
// an answer that got lost is made up for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "lake/s3_error.h"
#include "lake/s3_settings.h"
#include "net/signed_http.h"

namespace signals {

// How often a request is tried, and the longest pause before try n + 2: full jitter below it.
inline constexpr int kS3Tries = 5;
std::chrono::milliseconds s3_pause_bound(int failures);

class S3Requests {
 public:
  // The keys are asked for before each request: those of a role change while a run goes on.
  using Keys = std::function<Result<SigningKeys>()>;

  S3Requests(S3Settings settings, Keys keys, std::shared_ptr<SignedHttp> http, Clock& clock,
             std::function<std::uint64_t()> chance);

  // no_input if there is no such object.
  [[nodiscard]] Result<std::string> read(const std::string& key);

  // As ObjectStore says of them.
  Result<void> put_if_absent(const std::string& key, std::string_view bytes);
  Result<void> replace(const std::string& key, std::string_view bytes);
  Result<void> remove(const std::string& key);

 private:
  struct Answer {
    HttpReply reply;         // status 0: none
    S3Refusal refusal{};     // when it is no 200
    std::string access_key;  // with which it was asked last
    bool lost = false;       // a try had no clear answer: it may have been carried out
  };
  Result<Answer> ask(const std::string& method, const std::string& key, std::string_view bytes = {},
                     bool only_if_absent = false);
  Result<void> what_stands_there(const std::string& key, std::string_view bytes,
                                 const Answer& answer);

  S3Settings settings_;
  Keys keys_;
  std::shared_ptr<SignedHttp> http_;
  Clock& clock_;
  std::function<std::uint64_t()> chance_;
};

}  // namespace signals
