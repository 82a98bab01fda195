// Iceberg's table metadata, the JSON of v<N>.metadata.json, and the parts of it that manifests
// repeat.
#pragma once

#include <string>

#include "core/result.h"
#include "lake/table_state.h"

namespace signals {

// Earlier metadata files that a metadata file names, and that vacuum keeps.
inline constexpr std::size_t kMostLogEntries = 100;

// The metadata of a table that stands at `location`, which all its paths begin with.
std::string metadata_json(const TableState& table, const std::string& location);

// bad_metadata, which names `where`, for what cannot be understood: also for Iceberg tables with
// what signals never writes (delete files, other types, other partitions). No files yet.
Result<TableState> parse_metadata(const std::string& json, const std::string& where);

std::string schema_json(const Schema& schema, int id);
std::string partition_json(const Schema& schema);

}  // namespace signals
