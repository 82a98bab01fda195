// Columns of the small tables, value by value. Includes Arrow: for the sources of lake/ only.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"
#include "lake/parquet.h"

namespace signals {

// Collects rows for a data file, column after column of `schema`; what is empty, unset or NaN
// becomes null.
class RowWriter {
 public:
  explicit RowWriter(const std::vector<ColumnSpec>& schema);

  RowWriter& add(std::string_view text);
  RowWriter& add(std::optional<Date> date);
  RowWriter& add(std::optional<Instant> at);
  RowWriter& add(std::int64_t value);
  RowWriter& add(double value);

  // Writes what was added as one data file of `partition`, whose dates and tickers are the
  // caller's to fill in.
  Result<DataFile> write(const Table& table, const Partition& partition);

 private:
  ::arrow::ArrayBuilder& next();
  void note(const ::arrow::Status& status);

  std::vector<ColumnSpec> schema_;
  std::vector<std::unique_ptr<::arrow::ArrayBuilder>> builders_;
  std::size_t column_ = 0;
  ::arrow::Status status_;
};

// Reads them back; columns by their place in `schema`.
class RowReader {
 public:
  static Result<RowReader> open(const Table& table, const DataFile& file,
                                const std::vector<ColumnSpec>& schema);

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::string text(std::size_t column, std::int64_t row) const;
  [[nodiscard]] std::optional<Date> date(std::size_t column, std::int64_t row) const;
  [[nodiscard]] std::optional<Instant> instant(std::size_t column, std::int64_t row) const;
  [[nodiscard]] std::int64_t whole(std::size_t column, std::int64_t row) const;
  [[nodiscard]] double real(std::size_t column, std::int64_t row) const;

 private:
  Arrays columns_;
  std::int64_t rows_ = 0;
};

}  // namespace signals
