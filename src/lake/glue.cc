#include "lake/glue.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/random.h"
#include "core/text.h"
#include "lake/glue_table.h"
#include "lake/s3_files.h"
#include "lake/s3_requests.h"
#include "lake/s3_settings.h"

namespace signals {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kScheme = "s3://";
constexpr const char* kNotFound = "EntityNotFoundException";

std::string text_of(const Json& json, const char* member) {
  const auto found = json.is_object() ? json.find(member) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// Whether the same request may succeed later.
bool passes(int status, const std::string& type) {
  return status == 0 || status >= 500 || status == 429 ||
         type.find("Throttling") != std::string::npos || type == "OperationTimeoutException";
}

// Somebody was first: what was read before is no longer so.
bool is_outdated(const std::string& type) {
  return type == "ConcurrentModificationException" || type == "VersionMismatchException" ||
         type == "AlreadyExistsException";
}

bool is_database_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string service_url(const std::string& region) {
  return fmt::format("https://glue.{}.amazonaws.com{}/", region,
                     region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

Result<GlueSettings> glue_settings(const std::string& lake, const std::string& database,
                                   const StoreOptions& options) {
  if (!lake.starts_with(kScheme)) {
    return fail(ErrorCode::usage,
                fmt::format("--glue: the lake is {}; AWS Glue holds tables of s3:// lakes", lake));
  }
  if (!is_database_name(database)) {
    return fail(ErrorCode::usage, fmt::format("--glue '{}': a database's name has only a-z, 0-9, "
                                              "_ and -",
                                              database));
  }
  SIGNALS_ASSIGN(const S3Settings s3, s3_settings(lake.substr(kScheme.size()), options));
  SIGNALS_ASSIGN(const Endpoint endpoint,
                 endpoint_of(options, {"AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL"}));
  GlueSettings settings{.database = database,
                        .url = {},
                        .region = s3.region,
                        .ca_file = s3.ca_file,
                        .endpoint_from = endpoint.from};
  if (!endpoint.host.empty()) settings.url = endpoint.scheme + "://" + endpoint.host + "/";
  return settings;
}

GlueCatalog::GlueCatalog(GlueSettings settings, Keys keys, std::shared_ptr<SignedHttp> http,
                         Clock& clock, std::function<std::uint64_t()> chance)
    : settings_(std::move(settings)),
      keys_(std::move(keys)),
      http_(std::move(http)),
      clock_(clock),
      chance_(std::move(chance)) {
  if (settings_.url.empty()) settings_.url = service_url(settings_.region);
}

void GlueCatalog::pause(int failures) {
  const auto bound = static_cast<std::uint64_t>(s3_pause_bound(failures).count());
  clock_.sleep(std::chrono::milliseconds(static_cast<std::int64_t>(1 + chance_() % bound)));
}

Result<GlueCatalog::Answer> GlueCatalog::ask(const std::string& operation, const Json& request) {
  const std::string body = request.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (int failures = 0;; ++failures) {
    SIGNALS_ASSIGN(const SigningKeys keys, keys_());
    const auto reply = http_->send({.method = "POST",
                                    .url = settings_.url,
                                    .service = "glue",
                                    .region = settings_.region,
                                    .keys = keys,
                                    .body = body,
                                    .headers = {"Content-Type: application/x-amz-json-1.1",
                                                "X-Amz-Target: AWSGlue." + operation}});
    Answer answer;
    answer.access_key = keys.id;
    if (reply) {
      const Json said = Json::parse(reply->body, nullptr, false);
      answer.status = reply->status;
      answer.body = reply->body;
      if (reply->status == 200) return answer;
      answer.type = text_of(said, "__type");
      answer.type.erase(0, answer.type.rfind('#') + 1);  // "com.amazonaws.glue#…"
      answer.message = text_of(said, said.contains("message") ? "message" : "Message");
    } else {
      answer.message = reply.error().what;
    }
    if (failures + 1 == kS3Tries) return answer;
    if (passes(answer.status, answer.type)) {
      pause(failures);
      continue;
    }
    // Keys that were replaced while the request was under way are no reason to end a run.
    const bool about_keys = answer.type.find("Token") != std::string::npos || answer.status == 403;
    if (!about_keys) return answer;
    SIGNALS_ASSIGN(const SigningKeys newer, keys_());
    if (newer == keys) return answer;
  }
}

Error GlueCatalog::error_of(const std::string& operation, const std::string& table,
                            const Answer& answer) const {
  const std::string what =
      fmt::format("cannot enter {} in the database '{}' of AWS Glue", table, settings_.database);
  if (passes(answer.status, answer.type)) {
    return {ErrorCode::unreachable,
            fmt::format("{}: {} {} {} (the lake itself is committed)", what, settings_.url,
                        answer.type, one_line(answer.message, 200))};
  }
  std::string why = fmt::format("{} says HTTP {} {}: {}", settings_.url, answer.status, answer.type,
                                one_line(answer.message, 200));
  if (answer.type == kNotFound) {
    why = fmt::format("{} has no such database", settings_.url);
  } else if (answer.type.starts_with("AccessDenied")) {
    why = fmt::format(
        "the access key {} may not do glue:{}; it needs glue:GetTable, glue:CreateTable and "
        "glue:UpdateTable on the catalog, the database and its tables",
        answer.access_key, operation);
  } else if (answer.type.starts_with("UnrecognizedClient") ||
             answer.type.starts_with("ExpiredToken") || answer.type.starts_with("InvalidSig")) {
    why = fmt::format("it does not accept the access key {}: {}", answer.access_key,
                      one_line(answer.message, 200));
  } else if (!settings_.endpoint_from.empty() && answer.type.empty()) {
    why += fmt::format(" (the address is that of {})", settings_.endpoint_from);
  }
  return {ErrorCode::catalog_refused, fmt::format("{}: {}", what, why)};
}

Result<GlueEntry> GlueCatalog::enter(const Table& table) {
  for (int failures = 0; failures < kGlueTries; ++failures) {
    if (failures > 0) pause(failures);
    // The entry before the lake: whoever commits after this reads it changes the entry too, and
    // then the version that is asked for below is no longer current.
    SIGNALS_ASSIGN(const Answer found,
                   ask("GetTable", {{"DatabaseName", settings_.database}, {"Name", table.name()}}));
    if (found.status != 200 && found.type != kNotFound) {
      return tl::unexpected(error_of("GetTable", table.name(), found));
    }
    Json entry;
    if (found.status == 200) {
      const Json said = Json::parse(found.body, nullptr, false);
      if (said.is_object()) entry = said.value("Table", Json());
      if (!entry.is_object()) return tl::unexpected(error_of("GetTable", table.name(), found));
    }
    SIGNALS_ASSIGN(const TableState state, table.load_metadata());
    const std::string location =
        table.store().uri(table.key(fmt::format("metadata/v{}.metadata.json", state.version)));
    const Json input = glue_table_input(state, location, entry);
    if (glue_entry_says(entry, input)) return GlueEntry{table.name(), location, false};

    Json request = {{"DatabaseName", settings_.database}, {"TableInput", input}};
    const std::string operation = entry.is_null() ? "CreateTable" : "UpdateTable";
    if (!entry.is_null()) {
      request["SkipArchive"] = true;
      request["VersionId"] = text_of(entry, "VersionId");
    }
    SIGNALS_ASSIGN(const Answer done, ask(operation, request));
    if (done.status == 200) return GlueEntry{table.name(), location, true};
    if (!is_outdated(done.type)) return tl::unexpected(error_of(operation, table.name(), done));
  }
  return fail(ErrorCode::catalog_race,
              fmt::format("{} in the database '{}' of AWS Glue: {} times another was first",
                          table.name(), settings_.database, kGlueTries));
}

Result<std::vector<GlueEntry>> enter_in_glue(const std::string& lake,
                                             const std::shared_ptr<ObjectStore>& store,
                                             const std::string& database,
                                             const StoreOptions& options) {
  SIGNALS_ASSIGN(GlueSettings settings, glue_settings(lake, database, options));
  SIGNALS_ASSIGN(const S3Settings s3, s3_settings(lake.substr(kScheme.size()), options));
  SIGNALS_ASSIGN(const auto connection, connect_to_s3(s3));
  if (settings.region.empty()) settings.region = connection->settings.region;
  const SignedHttpOptions http{.user_agent = "signals/" SIGNALS_VERSION,
                               .ca_file = settings.ca_file};
  GlueCatalog catalog(
      settings, [&] { return present_keys(*connection); }, make_signed_http(http), system_clock(),
      chance);
  SIGNALS_ASSIGN(const auto names, table_names(*store));
  std::vector<GlueEntry> entries;
  for (const auto& name : names) {
    SIGNALS_ASSIGN(GlueEntry entry, catalog.enter(Table(store, name)));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace signals
