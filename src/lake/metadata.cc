#include "lake/metadata.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace signals {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "signals-table-1";

// Runs `read`, turning any complaint of the JSON library into bad_metadata.
template <class Read>
auto guarded(const std::string& where, Read read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::bad_metadata, fmt::format("{}: {}", where, error.what()));
  }
}

std::int64_t micros(Instant at) { return at.time_since_epoch().count(); }

int days(Date date) { return static_cast<int>(date.time_since_epoch().count()); }

}  // namespace

std::string metadata_json(const TableState& state) {
  Json json = {{"format", kFormat},
               {"table", state.name},
               {"table-uuid", state.uuid},
               {"version", state.version},
               {"current-snapshot-id", state.snapshot_id()},
               {"partition-spec", {"year(date)", "bucket[16](ticker)"}},
               {"sort-order", {"ticker", "date"}},
               {"properties", state.properties}};
  Json schema = Json::array();
  for (const auto& column : state.schema) {
    schema.push_back({{"name", column.name}, {"type", column.type}});
  }
  json["schema"] = schema;
  Json snapshots = Json::array();
  for (const auto& snapshot : state.snapshots) {
    snapshots.push_back({{"snapshot-id", snapshot.id},
                         {"timestamp-us", micros(snapshot.committed_at)},
                         {"manifest", snapshot.manifest},
                         {"summary", snapshot.summary}});
  }
  json["snapshots"] = snapshots;
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<TableState> parse_metadata(const std::string& text, const std::string& where) {
  SIGNALS_ASSIGN(const Json json, guarded(where, [&] { return Json::parse(text); }));
  if (!json.is_object() || json.value("format", "") != kFormat) {
    return fail(ErrorCode::bad_metadata, fmt::format("{}: its format is not {}", where, kFormat));
  }
  return guarded(where, [&] {
    TableState state;
    state.name = json.at("table");
    state.uuid = json.at("table-uuid");
    state.version = json.at("version");
    state.properties = json.at("properties").get<std::map<std::string, std::string>>();
    for (const auto& column : json.at("schema")) {
      state.schema.push_back({column.at("name"), column.at("type")});
    }
    for (const auto& item : json.at("snapshots")) {
      Snapshot snapshot;
      snapshot.id = item.at("snapshot-id");
      snapshot.committed_at =
          Instant{std::chrono::microseconds(item.at("timestamp-us").get<std::int64_t>())};
      snapshot.manifest = item.at("manifest");
      snapshot.summary = item.at("summary").get<std::map<std::string, std::string>>();
      state.snapshots.push_back(std::move(snapshot));
    }
    return state;
  });
}

std::string manifest_json(const std::vector<DataFile>& files) {
  Json list = Json::array();
  for (const auto& file : files) {
    list.push_back({{"path", file.path},
                    {"year", file.partition.year},
                    {"bucket", file.partition.bucket},
                    {"rows", file.rows},
                    {"bytes", file.bytes},
                    {"first-date", days(file.first_date)},
                    {"last-date", days(file.last_date)},
                    {"first-ticker", file.first_ticker},
                    {"last-ticker", file.last_ticker}});
  }
  return Json{{"format", kFormat}, {"files", list}}.dump(-1, ' ', false,
                                                         Json::error_handler_t::replace) +
         "\n";
}

Result<std::vector<DataFile>> parse_manifest(const std::string& text, const std::string& where) {
  return guarded(where, [&] {
    const Json json = Json::parse(text);
    std::vector<DataFile> files;
    for (const auto& item : json.at("files")) {
      DataFile file;
      file.path = item.at("path");
      file.partition = {item.at("year"), item.at("bucket")};
      file.rows = item.at("rows");
      file.bytes = item.at("bytes");
      file.first_date = Date{std::chrono::days(item.at("first-date").get<int>())};
      file.last_date = Date{std::chrono::days(item.at("last-date").get<int>())};
      file.first_ticker = item.at("first-ticker");
      file.last_ticker = item.at("last-ticker");
      files.push_back(std::move(file));
    }
    return files;
  });
}

}  // namespace signals
