// Upsert of fetched bars into `prices`: partition by partition, so that memory holds one of them.
#pragma once

#include <vector>

#include "lake/table.h"
#include "pipeline/bars.h"

namespace signals {

// Lays each fetch over the table in one commit. Partitions in which no row
// changes are not written, and if none is, no snapshot is made. `fetched`: tickers unique, rows
// ascending.
Result<MergeCounts> upsert_prices(const Table& table, const std::vector<Fetched>& fetched,
                                  Instant now, const std::map<std::string, std::string>& summary);

}  // namespace signals
