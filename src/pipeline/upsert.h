// Upsert of fetched bars into `prices`: partition by partition, so that memory holds one of them.
#pragma once

#include <vector>

#include "lake/table.h"
#include "pipeline/bars.h"

namespace signals {

// Lays the fetched rows of each ticker over the table in one commit. Partitions in which no row
// changes are not written, and if none is, no snapshot is made. `fetched`: tickers unique, rows
// ascending.
Result<MergeCounts> upsert_prices(const Table& table, std::vector<TickerBars> fetched, Instant now,
                                  const std::map<std::string, std::string>& summary);

}  // namespace signals
