#include "lake/foreign_parquet.h"

#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <array>
#include <numeric>

namespace signals {
namespace {

constexpr std::int64_t kRowsAtOnce = 1 << 16;

}  // namespace

bool TextCells::open(const std::shared_ptr<::arrow::Array>& array) {
  array_ = array;
  indices_.reset();
  if (array->type_id() == ::arrow::Type::DICTIONARY) {
    indices_ = std::static_pointer_cast<::arrow::DictionaryArray>(array);
    array_ = indices_->dictionary();
  }
  const auto type = array_->type_id();
  large_ = type == ::arrow::Type::LARGE_STRING;
  return large_ || type == ::arrow::Type::STRING || type == ::arrow::Type::NA;
}

std::string_view TextCells::at(std::int64_t i) const {
  if (!array_ || (indices_ && indices_->IsNull(i))) return {};
  const std::int64_t row = indices_ ? indices_->GetValueIndex(i) : i;
  if (array_->IsNull(row)) return {};
  return large_ ? static_cast<const ::arrow::LargeStringArray&>(*array_).GetView(row)
                : static_cast<const ::arrow::StringArray&>(*array_).GetView(row);
}

bool DateCells::open(const std::shared_ptr<::arrow::Array>& array) {
  array_ = array;
  if (array->type_id() == ::arrow::Type::TIMESTAMP) {
    const auto unit = static_cast<const ::arrow::TimestampType&>(*array->type()).unit();
    constexpr std::array<std::int64_t, 4> kPerSecond = {1, 1000, 1'000'000, 1'000'000'000};
    per_day_ = kPerSecond[static_cast<std::size_t>(unit)] * 86'400;
    return true;
  }
  return array->type_id() == ::arrow::Type::DATE32 || text_.open(array);
}

Result<std::optional<Date>> DateCells::at(std::int64_t i) const {
  if (!array_ || array_->IsNull(i)) return std::nullopt;
  if (array_->type_id() == ::arrow::Type::DATE32) {
    return Date{std::chrono::days(static_cast<const ::arrow::Date32Array&>(*array_).Value(i))};
  }
  if (array_->type_id() == ::arrow::Type::TIMESTAMP) {
    const auto stamp = static_cast<const ::arrow::TimestampArray&>(*array_).Value(i);
    const auto days = stamp >= 0 ? stamp / per_day_ : -((-stamp + per_day_ - 1) / per_day_);
    return Date{std::chrono::days(static_cast<int>(days))};
  }
  SIGNALS_ASSIGN(const Date date, parse_date(text_.at(i).substr(0, 10)));
  return date;
}

ForeignParquet::ForeignParquet() = default;
ForeignParquet::ForeignParquet(ForeignParquet&&) noexcept = default;
ForeignParquet::~ForeignParquet() = default;

tl::unexpected<Error> ForeignParquet::failed(const ::arrow::Status& status) const {
  return fail(code_, fmt::format("{}: {}", where_, status.message()));
}

Result<ForeignParquet> ForeignParquet::open(std::shared_ptr<::arrow::io::RandomAccessFile> input,
                                            std::string where, ErrorCode code) {
  ForeignParquet file;
  file.where_ = std::move(where);
  file.code_ = code;
  ::parquet::arrow::FileReaderBuilder builder;
  // Pages are read one by one: a row group of a training file may be all of it.
  ::parquet::ReaderProperties pages;
  pages.enable_buffered_stream();
  if (const auto status = builder.Open(std::move(input), pages); !status.ok()) {
    return file.failed(status);
  }
  ::parquet::ArrowReaderProperties properties;
  properties.set_use_threads(false);
  properties.set_pre_buffer(false);
  properties.set_batch_size(kRowsAtOnce);
  auto reader = builder.properties(properties)->Build();
  if (!reader.ok()) return file.failed(reader.status());
  file.reader_ = std::move(*reader);
  std::shared_ptr<::arrow::Schema> schema;
  if (const auto status = file.reader_->GetSchema(&schema); !status.ok())
    return file.failed(status);
  file.groups_.resize(static_cast<std::size_t>(file.reader_->num_row_groups()));
  std::iota(file.groups_.begin(), file.groups_.end(), 0);
  return file;
}

std::vector<std::string> ForeignParquet::columns() const {
  const auto* schema = reader_->parquet_reader()->metadata()->schema();
  std::vector<std::string> names;
  for (int i = 0; i < schema->num_columns(); ++i) {
    names.push_back(schema->Column(i)->path()->ToDotString());
  }
  return names;
}

bool ForeignParquet::has(std::string_view column) const {
  return reader_->parquet_reader()->metadata()->schema()->ColumnIndex(std::string(column)) >= 0;
}

void keep_groups(::parquet::arrow::FileReader& reader, const std::string& text_column,
                 const ForeignParquet::Wanted& wanted, std::vector<int>& groups) {
  const auto metadata = reader.parquet_reader()->metadata();
  const int column = metadata->schema()->ColumnIndex(text_column);
  if (column < 0) return;
  std::erase_if(groups, [&](int i) {
    const auto chunk = metadata->RowGroup(i)->ColumnChunk(column);
    const auto text =
        std::dynamic_pointer_cast<::parquet::ByteArrayStatistics>(chunk->statistics());
    if (!text || !text->HasMinMax()) return false;
    return !wanted(std::string_view(text->min()), std::string_view(text->max()));
  });
}

void ForeignParquet::keep_only(const std::string& text_column, const Wanted& wanted) {
  keep_groups(*reader_, text_column, wanted, groups_);
}

Result<void> ForeignParquet::each_batch(const std::vector<std::string>& columns,
                                        const Take& take) const {
  // Leaves are counted, not fields: a nested column before one of these moves it.
  const auto* schema = reader_->parquet_reader()->metadata()->schema();
  std::vector<int> indices;
  for (const auto& name : columns) indices.push_back(schema->ColumnIndex(name));
  auto batches = reader_->GetRecordBatchReader(groups_, indices);
  if (!batches.ok()) return failed(batches.status());
  while (true) {
    auto batch = (*batches)->Next();
    if (!batch.ok()) return failed(batch.status());
    if (!*batch) return {};
    SIGNALS_TRY(take(**batch));
  }
}

}  // namespace signals
