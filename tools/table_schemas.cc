// Prints the columns of all tables as JSON, for docs/tables.md (`make docs`).
#include <cstdio>
#include <nlohmann/json.hpp>

#include "lake/schema.h"
#include "lake/tables/dataset.h"
#include "lake/tables/features.h"
#include "lake/tables/mapping.h"
#include "lake/tables/prices.h"
#include "lake/tables/quality.h"
#include "lake/tables/restatements.h"
#include "lake/tables/runs.h"
#include "lake/tables/symbols.h"
#include "lake/tables/universe.h"

namespace {

using namespace signals;
using Json = nlohmann::ordered_json;

Json as_json(const std::string& name, const Schema& columns) {
  const Schema schema = with_ids(columns);
  Json list = Json::array(), partition = Json::array(), order = Json::array();
  for (const auto& column : schema) {
    list.push_back({{"id", column.id},
                    {"name", column.name},
                    {"type", column.type},
                    {"required", is_required(column)}});
    if (column.key) order.push_back(column.name);
  }
  for (const auto& field : partition_fields(schema)) {
    const auto source = std::ranges::find(schema, field.source_id, &ColumnSpec::id);
    partition.push_back(field.transform + "(" + source->name + ")");
  }
  return {{"table", name}, {"columns", list}, {"partition", partition}, {"order", order}};
}

}  // namespace

int main() {
  const std::vector<std::string> features = {"feature_<column>", "feature_<column>_lag<k>", "…"};
  const std::vector<std::string> columns = {"feature_<column>", "feature_<column>_rel", "…"};
  const Json tables = {as_json("prices", prices_schema()),
                       as_json("features", features_schema(features, "float")),
                       as_json("dataset", dataset_schema(columns)),
                       as_json("mapping", mapping_schema()),
                       as_json("universe", universe_schema()),
                       as_json("symbols", symbols_schema()),
                       as_json("quality", quality_schema()),
                       as_json("restatements", restatements_schema()),
                       as_json("runs", runs_schema())};
  std::puts(tables.dump().c_str());
}
