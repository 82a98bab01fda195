// The Avro schemas of Iceberg's manifests and manifest lists, in the form that signals writes.
#pragma once

#include <string>
#include <vector>

#include "lake/schema.h"

namespace signals {

// Of a manifest of a table with this partitioning.
std::string manifest_schema(const std::vector<PartitionField>& partition);

const std::string& manifest_list_schema();

}  // namespace signals
