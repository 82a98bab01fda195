// The sections of the report, each a JSON object. `state` is ok, empty (with `why`: there is
// nothing to show yet) or error (filled in by make_report). docs/report.md describes the rest.
#pragma once

#include <nlohmann/json.hpp>

#include "report/facts.h"

namespace signals {

using Json = nlohmann::ordered_json;

Result<Json> round_section(LakeFacts& facts);
Result<Json> skew_section(LakeFacts& facts);
Result<Json> tables_section(LakeFacts& facts);
Result<Json> exchanges_section(LakeFacts& facts);
Result<Json> runs_section(LakeFacts& facts);
Result<Json> coverage_section(LakeFacts& facts);
Result<Json> quality_section(LakeFacts& facts);
Result<Json> restatements_section(LakeFacts& facts);
Result<Json> features_section(LakeFacts& facts);
// As many sessions of as many tickers as fit into so many bytes.
Result<Json> explorer_section(LakeFacts& facts, std::size_t most_bytes);

// A section with nothing to show.
Json empty_section(const std::string& why);

// A number with so many significant digits; null for one that is not finite.
Json rounded(double value, int digits = 6);

// The table that features are shown of: the data set, or the first feature table with rows; "".
Result<std::string> feature_table(LakeFacts& facts, bool with_dataset);

}  // namespace signals
