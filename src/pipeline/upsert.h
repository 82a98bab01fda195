// Upsert of fetched bars into `prices`: partition by partition, so that memory holds one of them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lake/table.h"
#include "lake/tables/restatements.h"
#include "pipeline/bars.h"
#include "pipeline/file_checks.h"

namespace signals {

using Fetches = std::vector<std::shared_ptr<const Fetched>>;

// Told of settled history that a commit is about to change; the commit does not come to be when it
// fails.
using OnRestated = std::function<Result<void>(const std::vector<Restatement>& rows)>;

// Lays each fetch over the table in one commit. Partitions in which no row changes are not written,
// and if none is, no snapshot is made. `fetched`: tickers unique, rows ascending. What the files
// that are written hold is noted in `checks`, if it is not null.
Result<MergeCounts> upsert_prices(const Table& table, const Fetches& fetched, Instant now,
                                  const std::map<std::string, std::string>& summary,
                                  const OnRestated& on_restated = {}, FileChecks* checks = nullptr);
Result<MergeCounts> upsert_prices(const Table& table, const std::vector<Fetched>& fetched,
                                  Instant now, const std::map<std::string, std::string>& summary);

// Gives the rows of a ticker another name, in one commit: the history of a company whose ticker
// another one has now. Does nothing for a ticker without rows.
Result<void> rename_ticker(const Table& table, const std::string& from, const std::string& to,
                           Instant now);

}  // namespace signals
