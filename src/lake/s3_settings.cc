#include "lake/s3_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "core/text.h"
#include "net/http.h"

namespace signals {
namespace {

bool is_bucket_name(std::string_view name) {
  return name.size() >= 3 && std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
         });
}

// "http://127.0.0.1:7070" -> scheme and host.
Result<Endpoint> parse_endpoint(const std::string& url, const std::string& from) {
  const auto wrong = [&](const char* why) {
    // What stands before an @ may be a password.
    const std::string shown = public_url(url.substr(url.find('@') + 1));
    return fail(ErrorCode::usage, fmt::format("{} {}: {}", from, shown, why));
  };
  const auto end = url.find("://");
  Endpoint endpoint{.scheme = lower(url.substr(0, end)), .from = from};
  if (end == std::string::npos || (endpoint.scheme != "http" && endpoint.scheme != "https")) {
    return wrong("an address begins with http:// or https://");
  }
  endpoint.host = url.substr(end + 3);
  while (endpoint.host.ends_with('/')) endpoint.host.pop_back();
  if (endpoint.host.empty() || endpoint.host.find_first_of("/?#@ ") != std::string::npos) {
    return wrong("an address is a host and perhaps a port, as in https://s3.example.com:9000");
  }
  return endpoint;
}

std::string first_of(const StoreOptions& options, std::initializer_list<const char*> variables) {
  for (const char* variable : variables) {
    const auto value = options.environment ? options.environment(variable) : std::nullopt;
    if (value && !value->empty()) return *value;
  }
  return "";
}

}  // namespace

Result<Endpoint> endpoint_of(const StoreOptions& options,
                             std::initializer_list<const char*> variables) {
  for (const char* variable : variables) {
    const std::string url = first_of(options, {variable});
    if (!url.empty()) return parse_endpoint(url, variable);
  }
  return Endpoint{};
}

Result<S3Settings> s3_settings(const std::string& place, const StoreOptions& options) {
  S3Settings settings;
  const auto slash = place.find('/');
  settings.bucket = place.substr(0, slash);
  if (!is_bucket_name(settings.bucket)) {
    return fail(ErrorCode::usage, fmt::format("--lake s3://{}: '{}' is no name of a bucket; it is "
                                              "s3://bucket or s3://bucket/prefix",
                                              place, settings.bucket));
  }
  if (slash != std::string::npos) settings.prefix = place.substr(slash + 1);
  while (settings.prefix.ends_with('/')) settings.prefix.pop_back();
  if (!settings.prefix.empty()) {
    for (const auto& part : split(settings.prefix, '/')) {
      if (!part.empty() && part != "." && part != "..") continue;
      return fail(ErrorCode::usage,
                  fmt::format("--lake s3://{}: '{}' is no folder of a bucket", place, part));
    }
  }
  settings.region = first_of(options, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  settings.ca_file = first_of(options, {"AWS_CA_BUNDLE"});
  SIGNALS_ASSIGN(Endpoint endpoint,
                 options.s3_endpoint.empty()
                     ? endpoint_of(options, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"})
                     : parse_endpoint(options.s3_endpoint, "--s3-endpoint"));
  settings.scheme = std::move(endpoint.scheme);
  settings.host = std::move(endpoint.host);
  settings.endpoint_from = std::move(endpoint.from);
  return settings;
}

std::string s3_path(const S3Settings& settings, std::string_view key) {
  std::string path = settings.bucket;
  if (!settings.prefix.empty()) path += "/" + settings.prefix;
  if (!key.empty()) path += fmt::format("/{}", key);
  return path;
}

std::string s3_uri(const S3Settings& settings, std::string_view key) {
  return "s3://" + s3_path(settings, key);
}

std::string s3_endpoint(const S3Settings& settings) {
  if (!settings.host.empty()) return fmt::format("{}://{}", settings.scheme, settings.host);
  return fmt::format("https://s3.{}.amazonaws.com{}", settings.region,
                     settings.region.starts_with("cn-") ? ".cn" : "");
}

std::string s3_object_url(const S3Settings& settings, std::string_view key) {
  // AWS finds a bucket by the host's name, but certificates reach only one label deep.
  const bool by_host =
      settings.host.empty() && settings.bucket.find_first_of("._") == std::string::npos;
  std::string url = s3_endpoint(settings);
  if (by_host) url.insert(url.find("//") + 2, settings.bucket + ".");
  std::string path = s3_path(settings, key);
  if (by_host) path.erase(0, settings.bucket.size() + 1);
  for (const auto& segment : split(path, '/')) {
    url += '/';
    url += encode_segment(segment);
  }
  return url;
}

}  // namespace signals
