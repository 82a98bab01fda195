// Parquet files that others wrote: some columns, some rows at a time, whatever types they chose.
// Includes Arrow: for the sources of lake/ only.
#pragma once

#include <arrow/api.h>
#include <arrow/io/interfaces.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"
#include "core/result.h"

namespace parquet::arrow {
class FileReader;
}

namespace signals {

// Cells of a text column, however the writer stored it; empty where there is none.
class TextCells {
 public:
  // False if the column holds no text.
  bool open(const std::shared_ptr<::arrow::Array>& array);
  [[nodiscard]] std::string_view at(std::int64_t i) const;

 private:
  std::shared_ptr<::arrow::Array> array_;
  std::shared_ptr<::arrow::DictionaryArray> indices_;
  bool large_ = false;
};

// Cells of a date column: a date, a time stamp, or text that begins with a date.
class DateCells {
 public:
  // False if the column holds no dates.
  bool open(const std::shared_ptr<::arrow::Array>& array);
  [[nodiscard]] Result<std::optional<Date>> at(std::int64_t i) const;

 private:
  std::shared_ptr<::arrow::Array> array_;
  TextCells text_;
  std::int64_t per_day_ = 1;
};

class ForeignParquet {
 public:
  // Errors of the file have this code.
  static Result<ForeignParquet> open(std::shared_ptr<::arrow::io::RandomAccessFile> input,
                                     std::string where, ErrorCode code);
  ForeignParquet(ForeignParquet&&) noexcept;
  ForeignParquet& operator=(ForeignParquet&&) = delete;
  ~ForeignParquet();

  [[nodiscard]] std::vector<std::string> columns() const;
  [[nodiscard]] bool has(std::string_view column) const;

  // Leaves out the row groups of which the bounds of a text column say that they are not wanted.
  using Wanted = std::function<bool(std::string_view lower, std::string_view upper)>;
  void keep_only(const std::string& text_column, const Wanted& wanted);

  using Take = std::function<Result<void>(const ::arrow::RecordBatch&)>;
  Result<void> each_batch(const std::vector<std::string>& columns, const Take& take) const;

 private:
  ForeignParquet();
  [[nodiscard]] tl::unexpected<Error> failed(const ::arrow::Status& status) const;

  std::string where_;
  ErrorCode code_ = ErrorCode::no_input;
  std::unique_ptr<::parquet::arrow::FileReader> reader_;
  std::vector<int> groups_;
};

// Takes those row groups out of `groups` whose bounds of a text column are not wanted.
void keep_groups(::parquet::arrow::FileReader& reader, const std::string& text_column,
                 const ForeignParquet::Wanted& wanted, std::vector<int>& groups);

}  // namespace signals
