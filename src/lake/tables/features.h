// The `features` tables: ticker, date, then one column per feature and lag.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lake/table.h"

namespace signals {

// `type` is "float" or "double".
std::vector<ColumnSpec> features_schema(std::span<const std::string> columns,
                                        const std::string& type);

// Writes the data file of one partition: rows of tickers in ascending order, each ticker's dates
// ascending. Values that are not finite, or too large for the type, are stored as null.
class FeatureWriter {
 public:
  static Result<std::unique_ptr<FeatureWriter>> create(const Table& table,
                                                       const Partition& partition,
                                                       const std::vector<ColumnSpec>& schema);
  virtual ~FeatureWriter() = default;

  // columns[c][i] is the value of feature column c on dates[i].
  virtual Result<void> append(const std::string& ticker, std::span<const Date> dates,
                              std::span<const double* const> columns) = 0;

  // At least one row was appended.
  virtual Result<DataFile> finish() = 0;
};

}  // namespace signals
