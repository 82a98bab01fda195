// Rows of feature tables and the data set for those who look at them: whole dates, or the history
// of some tickers. A few columns at a time, a row group at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/date.h"
#include "lake/table.h"

namespace signals {

// The columns that hold features, in their order.
std::vector<std::string> feature_columns(const TableState& state);

// How many cells of a column there are, and how many of these are null.
struct NullCount {
  std::int64_t values = 0, nulls = 0;
};

// Of each column, by the statistics at the end of each data file; a column that a file says nothing
// of is left out.
Result<std::map<std::string, NullCount, std::less<>>> null_counts(const Table& table,
                                                                  const TableState& state);

// The newest dates of the data set up to `last` (empty: of all), ascending; `most` of them at most.
Result<std::vector<Date>> newest_dataset_dates(const Table& dataset, const TableState& state,
                                               std::optional<Date> last, std::size_t most);

// One date: its names, and for each column that was asked for a value each (NaN: unknown).
struct DateSlice {
  Date date{};
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;
};

// The rows of these dates in the data set.
Result<std::vector<DateSlice>> read_dataset_dates(const Table& dataset, const TableState& state,
                                                  std::span<const Date> dates,
                                                  const std::vector<std::string>& columns);

// As of these dates (ascending), of a feature table: the last row of each ticker up to the date,
// not older than `oldest`. The names are the same for all dates, in order.
Result<std::vector<DateSlice>> read_feature_dates(const Table& features, const TableState& state,
                                                  std::span<const Date> dates,
                                                  std::chrono::days oldest,
                                                  const std::vector<std::string>& columns);

// Rows of one ticker, dates ascending: for each column a value each.
struct TickerRows {
  std::vector<Date> dates;
  std::vector<std::vector<double>> columns;
};

// The rows of some tickers of a feature table from a date on; tickers without any are left out.
Result<std::map<std::string, TickerRows, std::less<>>> read_ticker_rows(
    const Table& features, const TableState& state,
    const std::set<std::string, std::less<>>& tickers, Date from,
    const std::vector<std::string>& columns);

}  // namespace signals
