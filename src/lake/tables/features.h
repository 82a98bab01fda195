// The `features` tables: ticker, date, then one column per feature and lag.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"
#include "lake/table.h"

namespace signals {

// `type` is "float" or "double".
std::vector<ColumnSpec> features_schema(std::span<const std::string> columns,
                                        const std::string& type);

enum class Codec { none, lz4, snappy, zstd };

// How the values of a file are stored: its own property, not the table's.
struct FileFormat {
  Codec codec = Codec::zstd;
  bool byte_stream_split = true;  // floats as planes of bytes; else plain
};

// What all files of one run share. `flags` says which feature columns hold only 0 and 1: these, and
// no others, have a dictionary.
struct FeatureLayout;
std::shared_ptr<const FeatureLayout> make_feature_layout(const std::vector<ColumnSpec>& schema,
                                                         const std::vector<bool>& flags,
                                                         const FileFormat& format);

// Consecutive rows of one ticker: those of `dates`, beginning at row `begin` of each column.
template <class T>
struct FeatureSlice {
  std::string_view ticker;
  std::span<const Date> dates;  // ascending, not empty
  std::span<const T* const> columns;
  std::size_t begin = 0;
};

// Writes the data file of one partition straight from columns that stand elsewhere. T is float or
// double. Values that are not finite are stored as null.
template <class T>
class FeatureFile {
 public:
  static Result<std::unique_ptr<FeatureFile>> create(const Table& table, const Partition& partition,
                                                     std::shared_ptr<const FeatureLayout> layout);
  FeatureFile(const FeatureFile&) = delete;
  FeatureFile& operator=(const FeatureFile&) = delete;
  ~FeatureFile();

  // One row group: slices of tickers in ascending order, behind those before. At least one.
  Result<void> append(std::span<const FeatureSlice<T>> slices);

  // Something was appended.
  Result<DataFile> finish();

 private:
  struct Writer;
  explicit FeatureFile(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer_;
};

extern template class FeatureFile<float>;
extern template class FeatureFile<double>;

}  // namespace signals
