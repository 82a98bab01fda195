// Parquet files of a table through an ObjectStore. Includes Arrow: for the sources of lake/ only.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "lake/table.h"

namespace parquet::arrow {
class FileWriter;
}  // namespace parquet::arrow

namespace signals {

// An Arrow failure as ours.
Error to_error(ErrorCode code, const std::string& where, const ::arrow::Status& status);

// The Arrow schema of a table, with field ids from 1 in column order.
std::shared_ptr<::arrow::Schema> arrow_schema(const std::vector<ColumnSpec>& columns);

// Writes one data file, row group by row group. The file appears when close() succeeds.
class ParquetFile {
 public:
  static Result<std::unique_ptr<ParquetFile>> create(const Table& table, const Partition& partition,
                                                     std::shared_ptr<::arrow::Schema> schema);
  ParquetFile(const ParquetFile&) = delete;
  ParquetFile& operator=(const ParquetFile&) = delete;
  ~ParquetFile();

  // Each array is a whole column of the next row group.
  Result<void> write(const std::vector<std::shared_ptr<::arrow::Array>>& columns);

  // The file's description; tickers and dates are the caller's to fill in.
  Result<DataFile> close();

 private:
  ParquetFile() = default;

  std::string where_;
  DataFile file_;
  std::shared_ptr<::arrow::Schema> schema_;
  std::shared_ptr<::arrow::io::OutputStream> stream_;
  std::unique_ptr<::parquet::arrow::FileWriter> writer_;
};

// Reads the named columns of a data file, each as one contiguous array, in the order of `columns`.
Result<std::vector<std::shared_ptr<::arrow::Array>>> read_columns(
    const Table& table, const DataFile& file, const std::vector<std::string>& columns);

}  // namespace signals
