// The JSON forms of a table's metadata files. bad_metadata for what cannot be understood.
#pragma once

#include <string>
#include <vector>

#include "lake/table.h"

namespace signals {

std::string metadata_json(const TableState& state);
Result<TableState> parse_metadata(const std::string& json, const std::string& where);

std::string manifest_json(const std::vector<DataFile>& files);
Result<std::vector<DataFile>> parse_manifest(const std::string& json, const std::string& where);

}  // namespace signals
