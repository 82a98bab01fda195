// The table `mapping`: one row per (numerai_ticker, composite_figi), in that order, in one file.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lake/table.h"
#include "universe/mapping.h"

namespace signals {

inline constexpr const char* kMappingTable = "mapping";

const std::vector<ColumnSpec>& mapping_schema();

// All rows; none when there is no such table. bad_metadata for a status that is not known.
Result<std::vector<MappingRow>> read_mapping(const Table& table);

// Writes rows, in the table's form, to a file of its own.
Result<void> write_mapping_file(ObjectStore& store, const std::string& key,
                                std::span<const MappingRow> rows);

// Makes `rows` the table's, unless they are already. True if there is a new snapshot.
Result<bool> replace_mapping(const Table& table, std::span<const MappingRow> rows, Instant now);

}  // namespace signals
