#include "lake/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "lake/manifest.h"
#include "lake/schema.h"

namespace signals {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 2;
constexpr int kLastUnpartitionedId = 999;
constexpr const char* kMain = "main";
// In front of the names of our own properties, which engines pass on without a look.
constexpr std::string_view kOurs = "signals.";

std::int64_t millis(Instant at) {
  return std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count();
}

Instant instant_at(const Json& object, const char* key) {
  return Instant{std::chrono::milliseconds(object.at(key).get<std::int64_t>())};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json schema_object(const Schema& schema, int id) {
  Json fields = Json::array();
  for (const auto& column : schema) {
    fields.push_back({{"id", column.id},
                      {"name", column.name},
                      {"required", is_required(column)},
                      {"type", column.type}});
  }
  return {{"type", "struct"}, {"schema-id", id}, {"fields", fields}};
}

Json partition_fields_json(const Schema& schema) {
  Json fields = Json::array();
  for (const auto& one : partition_fields(schema)) {
    fields.push_back({{"name", one.name},
                      {"transform", one.transform},
                      {"source-id", one.source_id},
                      {"field-id", one.id}});
  }
  return fields;
}

Json sort_fields_json(const Schema& schema) {
  Json fields = Json::array();
  for (const auto& column : schema) {
    if (!column.key) continue;
    fields.push_back({{"transform", "identity"},
                      {"source-id", column.id},
                      {"direction", "asc"},
                      {"null-order", "nulls-first"}});
  }
  return fields;
}

Json snapshot_object(const Snapshot& snapshot, const std::string& folder) {
  Json object = {{"snapshot-id", snapshot.id}};
  if (snapshot.parent != 0) object["parent-snapshot-id"] = snapshot.parent;
  object["sequence-number"] = snapshot.sequence;
  object["timestamp-ms"] = millis(snapshot.committed_at);
  object["manifest-list"] = folder + snapshot.manifest_list;
  object["summary"] = snapshot.summary;
  object["schema-id"] = snapshot.schema_id;
  return object;
}

Json properties_object(const TableState& table) {
  Json object = table.for_engines;
  for (const auto& [key, value] : table.properties) object[std::string(kOurs) + key] = value;
  return object;
}

Json refs_object(const TableState& table) {
  Json refs = Json::object();
  if (table.snapshot_id() != 0) {
    refs[kMain] = {{"snapshot-id", table.snapshot_id()}, {"type", "branch"}};
  }
  for (const auto& [name, id] : table.tags) refs[name] = {{"snapshot-id", id}, {"type", "tag"}};
  return refs;
}

// What this version of signals cannot take part in.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Runs `read`, turning any complaint into bad_metadata.
template <class Read>
auto guarded(const std::string& where, Read read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::bad_metadata, fmt::format("{}: {}", where, error.what()));
  } catch (const Unreadable& error) {
    return fail(ErrorCode::bad_metadata, fmt::format("{}: {}", where, error.what()));
  }
}

void read_roles(const Json& json, Schema& schema) {
  const auto column = [&](int id) -> ColumnSpec& {
    const auto found = std::ranges::find(schema, id, &ColumnSpec::id);
    if (found == schema.end()) throw Unreadable(fmt::format("it has no field {}", id));
    return *found;
  };
  for (const auto& spec : json.at("partition-specs")) {
    if (spec.at("spec-id") != json.at("default-spec-id")) {
      throw Unreadable("its partitioning was changed by another program");
    }
    for (const auto& one : spec.at("fields")) {
      const std::string transform = one.at("transform");
      const bool year = transform == "year" || transform == "truncate[4]";
      if (!year && transform != fmt::format("bucket[{}]", kBuckets)) {
        throw Unreadable(fmt::format("it is partitioned by {}", transform));
      }
      column(one.at("source-id")).partition = year ? Partitioning::year : Partitioning::bucket;
    }
  }
  for (const auto& order : json.at("sort-orders")) {
    if (order.at("order-id") != json.at("default-sort-order-id")) continue;
    for (const auto& one : order.at("fields")) column(one.at("source-id")).key = true;
  }
}

Schema read_schema(const Json& json, const Json& object) {
  static const std::set<std::string> known = {"string", "date", "double",  "float",
                                              "long",   "int",  "boolean", "timestamptz"};
  Schema schema;
  for (const auto& one : object.at("fields")) {
    const std::string name = one.at("name");
    if (!one.at("type").is_string() || !known.contains(one.at("type").get<std::string>())) {
      throw Unreadable(fmt::format("its column {} has a type that signals never writes", name));
    }
    schema.push_back({.name = name, .type = one.at("type"), .id = one.at("id")});
  }
  read_roles(json, schema);
  return schema;
}

std::string relative(const TableState& table, const Json& path) {
  const auto found = relative_path(table, path.get<std::string>(), "metadata");
  if (!found) throw Unreadable(found.error().what);
  return *found;
}

Snapshot read_snapshot(const TableState& table, const Json& item) {
  Snapshot snapshot;
  snapshot.id = item.at("snapshot-id");
  snapshot.parent = item.value("parent-snapshot-id", std::int64_t{0});
  snapshot.sequence = item.at("sequence-number");
  snapshot.committed_at = instant_at(item, "timestamp-ms");
  snapshot.manifest_list = relative(table, item.at("manifest-list"));
  snapshot.schema_id = item.at("schema-id");
  snapshot.summary = item.at("summary").get<std::map<std::string, std::string>>();
  return snapshot;
}

TableState read_table(const Json& json) {
  if (json.at("format-version") != kFormatVersion) {
    throw Unreadable(fmt::format("it is Iceberg v{}, not v{}", json.at("format-version").get<int>(),
                                 kFormatVersion));
  }
  TableState table;
  table.uuid = json.at("table-uuid");
  table.location = json.at("location");
  table.updated_at = instant_at(json, "last-updated-ms");
  table.last_sequence = json.at("last-sequence-number");
  table.last_column_id = json.at("last-column-id");
  table.schema_id = json.at("current-schema-id");
  for (const auto& one : json.at("schemas")) {
    table.schemas[one.at("schema-id")] = read_schema(json, one);
  }
  const auto properties = json.value("properties", std::map<std::string, std::string>());
  for (const auto& [key, value] : properties) {
    if (key.starts_with(kOurs)) {
      table.properties[key.substr(kOurs.size())] = value;
    } else {
      table.for_engines[key] = value;
    }
  }
  for (const auto& item : json.at("snapshots")) {
    table.snapshots.push_back(read_snapshot(table, item));
  }
  std::ranges::sort(table.snapshots, {}, &Snapshot::sequence);
  const std::int64_t current = json.value("current-snapshot-id", std::int64_t{-1});
  if (current > 0 && table.snapshot_id() != current) {
    throw Unreadable("its newest snapshot is not the current one");
  }
  const Json refs = json.value("refs", Json::object());
  for (const auto& [name, ref] : refs.items()) {
    if (name != kMain) table.tags[name] = ref.at("snapshot-id");
  }
  for (const auto& entry : json.at("metadata-log")) {
    table.log.push_back(
        {instant_at(entry, "timestamp-ms"), relative(table, entry.at("metadata-file"))});
  }
  if (!table.schemas.contains(table.schema_id)) throw Unreadable("it lacks its current columns");
  table.schema = table.schemas.at(table.schema_id);
  return table;
}

}  // namespace

std::string schema_json(const Schema& schema, int id) { return dump(schema_object(schema, id)); }

std::string partition_json(const Schema& schema) { return dump(partition_fields_json(schema)); }

std::string metadata_json(const TableState& table, const std::string& location) {
  const std::string folder = location + "/";
  const Json partition = partition_fields_json(table.schema);
  const Json sorted_by = sort_fields_json(table.schema);
  Json json = {{"format-version", kFormatVersion},
               {"table-uuid", table.uuid},
               {"location", location},
               {"last-sequence-number", table.last_sequence},
               {"last-updated-ms", millis(table.updated_at)},
               {"last-column-id", table.last_column_id},
               {"current-schema-id", table.schema_id}};
  Json schemas = Json::array();
  for (const auto& [id, schema] : table.schemas) schemas.push_back(schema_object(schema, id));
  json["schemas"] = schemas;
  json["default-spec-id"] = 0;
  json["partition-specs"] = Json::array({{{"spec-id", 0}, {"fields", partition}}});
  json["last-partition-id"] = kLastUnpartitionedId + static_cast<int>(partition.size());
  const int order = sort_order_id(table.schema);
  json["default-sort-order-id"] = order;
  json["sort-orders"] = Json::array({{{"order-id", 0}, {"fields", Json::array()}}});
  if (order != 0) json["sort-orders"].push_back({{"order-id", order}, {"fields", sorted_by}});
  json["properties"] = properties_object(table);
  json["current-snapshot-id"] = table.snapshots.empty() ? -1 : table.snapshot_id();
  json["refs"] = refs_object(table);
  json["snapshots"] = Json::array();
  json["snapshot-log"] = Json::array();
  for (const auto& snapshot : table.snapshots) {
    json["snapshots"].push_back(snapshot_object(snapshot, folder));
    json["snapshot-log"].push_back(
        {{"timestamp-ms", millis(snapshot.committed_at)}, {"snapshot-id", snapshot.id}});
  }
  json["metadata-log"] = Json::array();
  for (const auto& entry : table.log) {
    json["metadata-log"].push_back(
        {{"timestamp-ms", millis(entry.at)}, {"metadata-file", folder + entry.path}});
  }
  json["statistics"] = Json::array();
  json["partition-statistics"] = Json::array();
  return dump(json) + "\n";
}

Result<TableState> parse_metadata(const std::string& text, const std::string& where) {
  return guarded(where, [&] {
    const Json json = Json::parse(text);
    if (!json.is_object() || !json.contains("format-version")) {
      throw Unreadable("it is no metadata of an Iceberg table");
    }
    return read_table(json);
  });
}

}  // namespace signals
