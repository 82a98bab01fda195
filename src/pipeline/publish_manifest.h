// What the files beside `dataset` say: manifest.json and coverage.csv.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "lake/table.h"
#include "pipeline/publish.h"

namespace signals {

// The tables that a data set was made of, by name; a table that is not there is snapshot 0.
using SourceTables = std::map<std::string, const TableState*>;

// `properties` are the data set's own: its configuration.
std::string manifest_json(const PublishRequest& request, const PublishReport& report,
                          std::int64_t snapshot,
                          const std::map<std::string, std::string>& properties,
                          const SourceTables& sources,
                          const std::map<std::string, std::string>& hashes);

// A line for each date: those of `before` (a coverage file, or nothing) and the report's.
std::string coverage_csv(const std::string& before, const PublishReport& report);

}  // namespace signals
