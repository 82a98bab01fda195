// Checks stored bars and writes what is odd about them to `quality`.
#pragma once

#include <vector>

#include "lake/table.h"
#include "lake/tables/quality.h"
#include "pipeline/file_checks.h"

namespace signals {

// Brings `quality` up to `prices`: looks at the years whose files have changed since it was last
// written, and at those beside them, reading one data file at a time where `checks` does not have
// it; of earlier years the closes only. Only partitions in which a flag changes are written.
// `seen`: flags that no stored bar shows; those of earlier runs are kept.
Result<void> update_quality(const Table& prices, const FileChecks& checks, const Table& quality,
                            const std::vector<QualityRow>& seen, Instant now);

}  // namespace signals
