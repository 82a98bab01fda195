// A table's entry in AWS Glue, as Athena and other engines read Iceberg tables there. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lake/table_state.h"

namespace signals {

// What the entry of a table must say: columns with Hive's types, the table's folder, and
// `metadata_location`, the table's newest metadata file, which is all that engines go by.
// `entry` is the entry as it stands, or null: what others put into it is kept, and its
// metadata_location becomes previous_metadata_location.
nlohmann::json glue_table_input(const TableState& table, const std::string& metadata_location,
                                const nlohmann::json& entry);

// Whether an entry says so already.
bool glue_entry_says(const nlohmann::json& entry, const nlohmann::json& input);

}  // namespace signals
