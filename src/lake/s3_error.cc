#include "lake/s3_error.h"

#include <fmt/format.h>

#include <charconv>

#include "core/text.h"

namespace signals {
namespace {

// What stands between two words; empty if they do not.
std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const auto at = text.find(begin);
  if (at == std::string::npos) return "";
  const auto from = at + begin.size();
  const auto to = text.find(end, from);
  return to == std::string::npos ? "" : text.substr(from, to - from);
}

// NO_SUCH_BUCKET and NoSuchBucket are one.
std::string plain(const std::string& code) {
  std::string word = lower(code);
  std::erase(word, '_');
  return word;
}

const char* verb(S3Doing doing) {
  return doing == S3Doing::read ? "read" : doing == S3Doing::write ? "write" : "list";
}

const char* rights(S3Doing doing) {
  switch (doing) {
    case S3Doing::read:
      return "s3:GetObject (and s3:ListBucket, without which a missing object is refused too)";
    case S3Doing::write:
      return "s3:PutObject and s3:DeleteObject";
    case S3Doing::list:
      break;
  }
  return "s3:ListBucket";
}

// What is wrong, by the refusal's name; empty when that says nothing.
std::string explain(S3Doing doing, const S3Settings& settings, const std::string& access_key,
                    const S3Refusal& refusal) {
  const std::string code = plain(refusal.code);
  const std::string server = s3_endpoint(settings);
  if (code == "nosuchbucket") {
    return fmt::format("{} has no bucket '{}'; create it, or correct --lake", server,
                       settings.bucket);
  }
  if (!refusal.region.empty() || code == "permanentredirect" ||
      code == "authorizationheadermalformed" || code == "illegallocationconstraintexception") {
    return fmt::format("the bucket '{}' is not in the region '{}'; set AWS_REGION{}{}",
                       settings.bucket, settings.region, refusal.region.empty() ? "" : "=",
                       refusal.region);
  }
  if (code == "invalidaccesskeyid" || code == "xadminusernotfound" ||
      code == "unrecognizedclient") {
    return fmt::format(
        "{} does not know the access key {}; check AWS_ACCESS_KEY_ID, AWS_PROFILE or "
        "the role, and the address",
        server, access_key);
  }
  if (code == "signaturedoesnotmatch") {
    return fmt::format(
        "the secret does not belong to the access key {}; check "
        "AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or the profile",
        access_key);
  }
  if (code == "expiredtoken" || code == "invalidtoken" || code == "tokenrefreshrequired") {
    return fmt::format(
        "the session of the access key {} has ended; log in anew, or renew "
        "AWS_SESSION_TOKEN",
        access_key);
  }
  if (code == "requesttimetooskewed" || code == "requestexpired") {
    return "this machine's clock is wrong; set it by a time server";
  }
  if (code == "resourcenotfound" || (refusal.status == 404 && code.empty())) {
    return fmt::format("{} does not answer as an S3 server does; check the address{}{}", server,
                       settings.endpoint_from.empty() ? "" : " of ", settings.endpoint_from);
  }
  if (refusal.status == 403 || code == "accessdenied") {
    return fmt::format("the access key {} may not do that in the bucket '{}'; it needs {}",
                       access_key, settings.bucket, rights(doing));
  }
  return "";
}

}  // namespace

S3Refusal s3_refusal(int status, const std::string& body) {
  return {.status = status,
          .code = between(body, "<Code>", "</Code>"),
          .message = between(body, "<Message>", "</Message>"),
          .region = between(body, "<Region>", "</Region>")};
}

S3Refusal s3_refusal_of_arrow(const std::string& message) {
  S3Refusal refusal;
  refusal.message = message;
  refusal.code = between(message, "AWS Error ", " during ");
  // "UNKNOWN (HTTP status 404)" and "… ExceptionName: NoSuchX Message: …"
  const std::string status = between(message, "(HTTP status ", ")");
  std::from_chars(status.data(), status.data() + status.size(), refusal.status);
  if (refusal.code.starts_with("UNKNOWN")) {
    refusal.code = between(message, "ExceptionName: ", " ");
  }
  refusal.region = between(message, "expecting \"", "\"");
  const auto said = message.find("operation: ");
  if (said != std::string::npos) refusal.message = message.substr(said + 11);
  return refusal;
}

bool is_passing(const S3Refusal& refusal) {
  const std::string code = plain(refusal.code);
  for (const char* word :
       {"networkconnection", "slowdown", "serviceunavailable", "internalfailure", "internalerror",
        "requesttimeout", "throttling", "conditionalrequestconflict"}) {
    if (code == word) return true;
  }
  if (refusal.status == 0) return code.empty();
  return refusal.status >= 500 || refusal.status == 429 || refusal.status == 408;
}

Error s3_error(S3Doing doing, const S3Settings& settings, const std::string& key,
               const std::string& access_key, const S3Refusal& refusal) {
  const std::string what = fmt::format("cannot {} {}", verb(doing), s3_uri(settings, key));
  const std::string status =
      refusal.status == 0 ? refusal.code : fmt::format("HTTP {} {}", refusal.status, refusal.code);
  const std::string said =
      fmt::format("{}: {} {}", s3_endpoint(settings), status, one_line(refusal.message, 200));
  if (is_passing(refusal)) {
    return {ErrorCode::unreachable, fmt::format("{}: {}", what, said)};
  }
  const std::string why = explain(doing, settings, access_key, refusal);
  if (!why.empty()) return {ErrorCode::store_refused, fmt::format("{}: {}", what, why)};
  return {doing == S3Doing::write ? ErrorCode::store_write : ErrorCode::store_read,
          fmt::format("{}: {}", what, said)};
}

}  // namespace signals
