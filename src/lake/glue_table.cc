#include "lake/glue_table.h"

#include <map>
#include <nlohmann/json.hpp>

#include "lake/schema.h"

namespace signals {
namespace {

using Json = nlohmann::json;

const char* hive_type(const std::string& type) {
  static const std::map<std::string, const char*> names = {{"long", "bigint"},
                                                           {"timestamptz", "timestamp"}};
  const auto found = names.find(type);
  return found == names.end() ? type.c_str() : found->second;
}

Json glue_columns(const Schema& schema) {
  Json columns = Json::array();
  for (const auto& column : schema) {
    columns.push_back({{"Name", column.name},
                       {"Type", hive_type(column.type)},
                       {"Parameters",
                        {{"iceberg.field.id", std::to_string(column.id)},
                         {"iceberg.field.optional", is_required(column) ? "false" : "true"},
                         {"iceberg.field.current", "true"}}}});
  }
  return columns;
}

// A member that is an object; an empty one for anything else.
Json object_of(const Json& json, const char* member) {
  const auto found = json.is_object() ? json.find(member) : json.end();
  return found != json.end() && found->is_object() ? *found : Json::object();
}

}  // namespace

Json glue_table_input(const TableState& table, const std::string& metadata_location,
                      const Json& entry) {
  Json input = {{"Name", table.name}, {"TableType", "EXTERNAL_TABLE"}};
  for (const char* member : {"Description", "Owner", "Retention"}) {
    if (entry.is_object() && entry.contains(member)) input[member] = entry[member];
  }
  Json parameters = object_of(entry, "Parameters");
  if (const auto now = parameters.find("metadata_location");
      now != parameters.end() && *now != metadata_location) {
    parameters["previous_metadata_location"] = *now;
  }
  parameters["table_type"] = "ICEBERG";
  parameters["metadata_location"] = metadata_location;
  input["Parameters"] = std::move(parameters);
  Json storage = object_of(entry, "StorageDescriptor");
  storage["Columns"] = glue_columns(table.schema);
  storage["Location"] = table.location;
  input["StorageDescriptor"] = std::move(storage);
  return input;
}

bool glue_entry_says(const Json& entry, const Json& input) {
  return object_of(entry, "Parameters") == input.at("Parameters") &&
         object_of(entry, "StorageDescriptor") == input.at("StorageDescriptor");
}

}  // namespace signals
