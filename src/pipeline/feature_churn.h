// The features of the newest dates across all names, column by column: what churn and the
// distributions of the report are computed from.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataset/churn.h"
#include "lake/table.h"

namespace signals {

// The dates of a table that are compared: the newest, and those before it.
struct ComparedDates {
  std::vector<Date> dates;         // ascending; the last is the newest
  std::vector<std::size_t> names;  // the universe of each: how many
  std::vector<std::size_t> rows;   // of the table, on each
};

// A column's values on these dates; `values[i]` is of all names of dates[i], its universe.
using TakeColumn =
    std::function<void(const std::string& column, const std::vector<DatedValues>& values)>;

// Calls `take` for each feature column, as of the newest date up to `last` (empty: that there is).
// The universe of a date of the data set is that of
// its members, with a row or without; that of a feature table is the tickers with a bar in the 15
// days before. A feature table's dates are weekdays, each ticker's row the last one up to then.
// Memory: some columns of these dates at a time. Errors: the lake's; no_rows for a table without.
Result<ComparedDates> each_feature_column(const std::shared_ptr<ObjectStore>& lake,
                                          const std::string& table, const TableState& state,
                                          std::optional<Date> last, const TakeColumn& take);

}  // namespace signals
