#include "lake/s3_requests.h"

#include <fmt/format.h>

#include <algorithm>

namespace signals {
namespace {

using std::chrono::milliseconds;

constexpr int kTaken = 412;  // the answer to `If-None-Match: *` where there is an object

bool is_done(const HttpReply& reply) { return reply.status >= 200 && reply.status < 300; }

bool is_absent(const S3Refusal& refusal) {
  return refusal.status == 404 && (refusal.code.empty() || refusal.code == "NoSuchKey");
}

}  // namespace

milliseconds s3_pause_bound(int failures) {
  return milliseconds(250 << std::clamp(failures, 0, 5));
}

S3Requests::S3Requests(S3Settings settings, Keys keys, std::shared_ptr<SignedHttp> http,
                       Clock& clock, std::function<std::uint64_t()> chance)
    : settings_(std::move(settings)),
      keys_(std::move(keys)),
      http_(std::move(http)),
      clock_(clock),
      chance_(std::move(chance)) {}

Result<S3Requests::Answer> S3Requests::ask(const std::string& method, const std::string& key,
                                           std::string_view bytes, bool only_if_absent) {
  Answer answer;
  SignedRequest request{.method = method,
                        .url = s3_object_url(settings_, key),
                        .service = "s3",
                        .region = settings_.region,
                        .keys = {},
                        .body = bytes,
                        .only_if_absent = only_if_absent};
  // A browser that is given the address of a page in a bucket shows it, and does not save it.
  if (key.ends_with(".html")) request.type = "text/html";
  for (int failures = 0;; ++failures) {
    SIGNALS_ASSIGN(request.keys, keys_());
    answer.access_key = request.keys.id;
    auto reply = http_->send(request);
    answer.reply = reply ? std::move(*reply) : HttpReply{};
    answer.refusal = reply ? s3_refusal(answer.reply.status, answer.reply.body)
                           : S3Refusal{.message = reply.error().what};
    if (is_done(answer.reply)) return answer;
    const bool passing = is_passing(answer.refusal);
    // In a conflict nothing was written; of any other failure that is not known.
    if (passing && answer.reply.status != 409) answer.lost = true;
    if (failures + 1 == kS3Tries) return answer;
    if (!passing) {
      const int status = answer.reply.status;
      if (status != 400 && status != 401 && status != 403) return answer;
      // Keys that were replaced while the request was under way are no reason to end a run.
      SIGNALS_ASSIGN(const SigningKeys newer, keys_());
      if (newer == request.keys) return answer;
      continue;
    }
    const auto bound = static_cast<std::uint64_t>(s3_pause_bound(failures).count());
    clock_.sleep(milliseconds(static_cast<std::int64_t>(1 + chance_() % bound)));
  }
}

Result<std::string> S3Requests::read(const std::string& key) {
  SIGNALS_ASSIGN(Answer answer, ask("GET", key));
  if (is_done(answer.reply)) return std::move(answer.reply.body);
  if (is_absent(answer.refusal)) {
    return fail(ErrorCode::no_input,
                fmt::format("cannot read {}: no such object", s3_uri(settings_, key)));
  }
  return tl::unexpected(s3_error(S3Doing::read, settings_, key, answer.access_key, answer.refusal));
}

// Decides a put by the object itself, where the answers do not: one that got lost may have been a
// yes, and then the next try finds our own object in its way.
Result<void> S3Requests::what_stands_there(const std::string& key, std::string_view bytes,
                                           const Answer& answer) {
  const auto there = read(key);
  if (there && *there == bytes) return {};
  const bool taken = answer.reply.status == kTaken;
  if (there || (taken && there.error().code == ErrorCode::no_input)) {
    return fail(ErrorCode::already_exists, s3_uri(settings_, key) + " exists");
  }
  const Error error = s3_error(S3Doing::write, settings_, key, answer.access_key, answer.refusal);
  return fail(ErrorCode::unreachable, error.what + "; it may have been written all the same");
}

Result<void> S3Requests::put_if_absent(const std::string& key, std::string_view bytes) {
  SIGNALS_ASSIGN(const Answer answer, ask("PUT", key, bytes, true));
  if (is_done(answer.reply)) return {};
  if (answer.lost || answer.reply.status == kTaken) return what_stands_there(key, bytes, answer);
  return tl::unexpected(
      s3_error(S3Doing::write, settings_, key, answer.access_key, answer.refusal));
}

Result<void> S3Requests::replace(const std::string& key, std::string_view bytes) {
  SIGNALS_ASSIGN(const Answer answer, ask("PUT", key, bytes));
  if (is_done(answer.reply)) return {};
  return tl::unexpected(
      s3_error(S3Doing::write, settings_, key, answer.access_key, answer.refusal));
}

Result<void> S3Requests::remove(const std::string& key) {
  SIGNALS_ASSIGN(const Answer answer, ask("DELETE", key));
  if (is_done(answer.reply) || is_absent(answer.refusal)) return {};
  return tl::unexpected(
      s3_error(S3Doing::write, settings_, key, answer.access_key, answer.refusal));
}

}  // namespace signals
