// The `dataset` table: what a modeller joins with Numerai's files on (date, numerai_ticker).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"
#include "lake/table.h"

namespace signals {

inline constexpr const char* kDatasetTable = "dataset";

// The keys, then a float for each of `columns`.
std::vector<ColumnSpec> dataset_schema(std::span<const std::string> columns);

// The keys of one row. Without a session date the name had no row that was new enough.
struct DatasetKey {
  Date date{};
  std::string_view numerai_ticker{}, composite_figi{};  // the FIGI is empty where unknown
  bool weekly = false;
  std::optional<Date> session_date{};
  std::int16_t staleness = 0;
};

// What all files of one run share. `flags` says which feature columns hold only 0 and 1: these have
// a dictionary.
struct DatasetLayout;
std::shared_ptr<const DatasetLayout> make_dataset_layout(const std::vector<ColumnSpec>& schema,
                                                         const std::vector<bool>& flags);

// Gives the values of a feature column for the rows of a row group; it is asked for each once, in
// their order. NaN is stored as null.
using ColumnValues = std::function<std::span<const float>(std::size_t column)>;

// Writes a file of the table's form: a data file of one year, or one that is no table's.
class DatasetFile {
 public:
  static Result<std::unique_ptr<DatasetFile>> create(const Table& table, Date first,
                                                     std::shared_ptr<const DatasetLayout> layout);
  static Result<std::unique_ptr<DatasetFile>> create_at(
      ObjectStore& store, const std::string& key, std::shared_ptr<const DatasetLayout> layout);
  DatasetFile(const DatasetFile&) = delete;
  DatasetFile& operator=(const DatasetFile&) = delete;
  ~DatasetFile();

  // One row group, in order of date and ticker, behind those before. At least one row.
  Result<void> append(std::span<const DatasetKey> keys, const ColumnValues& values);

  // Something was appended.
  Result<DataFile> finish();

 private:
  struct Writer;
  explicit DatasetFile(std::unique_ptr<Writer> writer);
  static Result<std::unique_ptr<DatasetFile>> open(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer_;
};

}  // namespace signals
