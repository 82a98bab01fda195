// Parquet files of a table through an ObjectStore. Includes Arrow: for the sources of lake/ only.
#pragma once

#include <arrow/api.h>
#include <arrow/io/interfaces.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "lake/files_under_way.h"
#include "lake/table.h"

namespace parquet {
class FileMetaData;
}
namespace parquet::arrow {
class FileReader;
class FileWriter;
}  // namespace parquet::arrow

namespace signals {

using Arrays = std::vector<std::shared_ptr<::arrow::Array>>;

// An Arrow failure as ours.
Error to_error(ErrorCode code, const std::string& where, const ::arrow::Status& status);

// The Arrow schema of a table, with its field ids.
std::shared_ptr<::arrow::Schema> arrow_schema(const Schema& columns);

// What every data file says of its writer.
inline constexpr const char* kCreatedBy = "signals " SIGNALS_VERSION;

// A data file on its way. It appears when close() succeeds; without close() it never does.
class DataSink {
 public:
  // `prefix` stands before the file's chance name: files of a partition are listed by name.
  static Result<DataSink> create(const Table& table, const Partition& partition,
                                 const std::string& prefix = "");
  // A file that is no table's, at a key of its own; it replaces what is there.
  static Result<DataSink> create_at(ObjectStore& store, const std::string& key);
  DataSink(DataSink&&) = default;
  DataSink& operator=(DataSink&&) = delete;
  ~DataSink();

  [[nodiscard]] const std::shared_ptr<::arrow::io::OutputStream>& stream() const { return stream_; }
  [[nodiscard]] tl::unexpected<Error> failed(const ::arrow::Status& status) const;

  // The file's description, by what its writer says that it wrote.
  Result<DataFile> close(const ::parquet::FileMetaData& written);

 private:
  DataSink() = default;

  std::string where_;
  DataFile file_;
  std::shared_ptr<::arrow::io::OutputStream> stream_;
};

// Writes one data file from whole arrays.
class ParquetFile {
 public:
  static Result<std::unique_ptr<ParquetFile>> create(const Table& table, const Partition& partition,
                                                     std::shared_ptr<::arrow::Schema> schema);
  static Result<std::unique_ptr<ParquetFile>> create(DataSink sink,
                                                     std::shared_ptr<::arrow::Schema> schema);
  ParquetFile(const ParquetFile&) = delete;
  ParquetFile& operator=(const ParquetFile&) = delete;
  ~ParquetFile();

  // Each array is a whole column; they are cut into row groups that a reader can hold many of.
  Result<void> write(const Arrays& columns);

  // The file's description.
  Result<DataFile> close();

 private:
  ParquetFile(DataSink sink, std::shared_ptr<::arrow::Schema> schema);

  std::shared_ptr<::arrow::Schema> schema_;
  std::unique_ptr<::parquet::arrow::FileWriter> writer_;
  DataSink sink_;  // the last member: it gives up an unfinished file before the writer ends it
};

// What is left to do for a file that all rows have been given to: it waits for the disk, and may do
// so on another thread. Dropped, it leaves nothing behind.
MakeFile closing(std::unique_ptr<ParquetFile> file);

// Reads columns of a data file row group by row group.
class RowGroups {
 public:
  // String columns named in `coded` come as arrays of a dictionary's indices.
  static Result<std::unique_ptr<RowGroups>> open(const Table& table, const DataFile& file,
                                                 const std::vector<std::string>& columns,
                                                 const std::vector<std::string>& coded = {});
  // The same by `columns` with their types: one that may be null, and that a file written before
  // the table had it lacks, is read as nulls.
  static Result<std::unique_ptr<RowGroups>> open(const Table& table, const DataFile& file,
                                                 std::span<const ColumnSpec> columns,
                                                 const std::vector<std::string>& coded = {});
  RowGroups(const RowGroups&) = delete;
  RowGroups& operator=(const RowGroups&) = delete;
  ~RowGroups();

  // Leaves out the row groups of which the bounds of a text column say that they are not wanted.
  using Wanted = std::function<bool(std::string_view lower, std::string_view upper)>;
  void keep_only(const std::string& text_column, const Wanted& wanted);

  // The next row group's columns, each one contiguous array; no arrays at the end of the file.
  Result<Arrays> next();

  // All row groups as one, those that were left out too.
  Result<Arrays> all();

  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  RowGroups() = default;
  Result<Arrays> contiguous(const ::arrow::Result<std::shared_ptr<::arrow::Table>>& read) const;

  std::string where_;
  std::unique_ptr<::parquet::arrow::FileReader> reader_;
  struct Column {
    std::string name;
    std::shared_ptr<::arrow::DataType> if_lacking;  // the type of its nulls; none: the file has it
  };
  std::vector<Column> columns_;
  std::vector<int> indices_;  // of those that the file has
  std::vector<int> left_;     // row groups to read, the next one last
};

// The names of a file's columns, in its order.
Result<std::vector<std::string>> column_names(const Table& table, const DataFile& file);

// The named columns of a data file, each as one contiguous array, in the order of `columns`.
Result<Arrays> read_columns(const Table& table, const DataFile& file,
                            const std::vector<std::string>& columns);
Result<Arrays> read_columns(const Table& table, const DataFile& file,
                            std::span<const ColumnSpec> columns);

}  // namespace signals
