#include "lake/manifest_schema.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace signals {
namespace {

using Json = nlohmann::ordered_json;

Json field(const char* name, const Json& type, int id) {
  return {{"name", name}, {"type", type}, {"field-id", id}};
}

Json optional_field(const std::string& name, const Json& type, int id) {
  return {{"name", name}, {"type", {"null", type}}, {"default", nullptr}, {"field-id", id}};
}

// An Avro map has keys of text only: Iceberg's are arrays of pairs.
Json map_of(int key_id, int value_id, const char* value) {
  const Json pair = {{"type", "record"},
                     {"name", fmt::format("k{}_v{}", key_id, value_id)},
                     {"fields", {field("key", "int", key_id), field("value", value, value_id)}}};
  return {{"type", "array"}, {"logicalType", "map"}, {"items", pair}};
}

// Of the entries of a manifest, with a word where the fields of the partition belong.
constexpr const char* kPartitionFields = "PARTITION FIELDS";
std::string entry_form() {
  const Json file = {
      {"type", "record"},
      {"name", "r2"},
      {"fields",
       {field("content", "int", 134), field("file_path", "string", 100),
        field("file_format", "string", 101),
        field("partition", {{"type", "record"}, {"name", "r102"}, {"fields", kPartitionFields}},
              102),
        field("record_count", "long", 103), field("file_size_in_bytes", "long", 104),
        optional_field("value_counts", map_of(119, 120, "long"), 109),
        optional_field("null_value_counts", map_of(121, 122, "long"), 110),
        optional_field("lower_bounds", map_of(126, 127, "bytes"), 125),
        optional_field("upper_bounds", map_of(129, 130, "bytes"), 128),
        optional_field("sort_order_id", "int", 140)}}};
  return Json{{"type", "record"},
              {"name", "manifest_entry"},
              {"fields",
               {field("status", "int", 0), optional_field("snapshot_id", "long", 1),
                optional_field("sequence_number", "long", 3),
                optional_field("file_sequence_number", "long", 4), field("data_file", file, 2)}}}
      .dump();
}

}  // namespace

std::string manifest_schema(const std::vector<PartitionField>& partition) {
  static const std::string form = entry_form();
  static const std::string word = Json(kPartitionFields).dump();
  Json fields = Json::array();
  for (const auto& one : partition) {
    fields.push_back(optional_field(one.name, one.text ? "string" : "int", one.id));
  }
  return std::string(form).replace(form.find(word), word.size(), fields.dump());
}

const std::string& manifest_list_schema() {
  static const std::string schema = [] {
    const Json summary = {
        {"type", "record"},
        {"name", "r508"},
        {"fields",
         {field("contains_null", "boolean", 509), optional_field("contains_nan", "boolean", 518),
          optional_field("lower_bound", "bytes", 510),
          optional_field("upper_bound", "bytes", 511)}}};
    return Json{
        {"type", "record"},
        {"name", "manifest_file"},
        {"fields",
         {field("manifest_path", "string", 500), field("manifest_length", "long", 501),
          field("partition_spec_id", "int", 502), field("content", "int", 517),
          field("sequence_number", "long", 515), field("min_sequence_number", "long", 516),
          field("added_snapshot_id", "long", 503), field("added_files_count", "int", 504),
          field("existing_files_count", "int", 505), field("deleted_files_count", "int", 506),
          field("added_rows_count", "long", 512), field("existing_rows_count", "long", 513),
          field("deleted_rows_count", "long", 514),
          optional_field("partitions", {{"type", "array"}, {"items", summary}, {"element-id", 508}},
                         507)}}}
        .dump();
  }();
  return schema;
}

}  // namespace signals
