#include "lake/universe_file.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

#include <array>
#include <numeric>

namespace signals {
namespace {

using ::arrow::Array;

constexpr std::array kColumns = {"yahoo",          "ticker", "numerai_ticker", "bloomberg_ticker",
                                 "composite_figi", "date"};
constexpr std::size_t kDate = 5;
constexpr std::int64_t kRowsAtOnce = 1 << 16;

// Cells of a text column, however the writer stored it.
class TextColumn {
 public:
  // False if the column holds no text.
  bool open(const std::shared_ptr<Array>& array) {
    array_ = array;
    indices_.reset();
    if (array->type_id() == ::arrow::Type::DICTIONARY) {
      const auto& dictionary = static_cast<const ::arrow::DictionaryArray&>(*array);
      indices_ = std::static_pointer_cast<::arrow::DictionaryArray>(array);
      array_ = dictionary.dictionary();
    }
    const auto type = array_->type_id();
    large_ = type == ::arrow::Type::LARGE_STRING;
    return large_ || type == ::arrow::Type::STRING || type == ::arrow::Type::NA;
  }
  [[nodiscard]] std::string_view at(std::int64_t i) const {
    if (!array_ || (indices_ && indices_->IsNull(i))) return {};
    const std::int64_t row = indices_ ? indices_->GetValueIndex(i) : i;
    if (array_->IsNull(row)) return {};
    return large_ ? static_cast<const ::arrow::LargeStringArray&>(*array_).GetView(row)
                  : static_cast<const ::arrow::StringArray&>(*array_).GetView(row);
  }

 private:
  std::shared_ptr<Array> array_;
  std::shared_ptr<::arrow::DictionaryArray> indices_;
  bool large_ = false;
};

// Cells of a date column: a date, a time stamp, or text that begins with a date.
class DateColumn {
 public:
  bool open(const std::shared_ptr<Array>& array) {
    array_ = array;
    if (array->type_id() == ::arrow::Type::TIMESTAMP) {
      const auto unit = static_cast<const ::arrow::TimestampType&>(*array->type()).unit();
      constexpr std::array<std::int64_t, 4> kPerSecond = {1, 1000, 1'000'000, 1'000'000'000};
      per_day_ = kPerSecond[static_cast<std::size_t>(unit)] * 86'400;
      return true;
    }
    return array->type_id() == ::arrow::Type::DATE32 || text_.open(array);
  }
  [[nodiscard]] Result<std::optional<Date>> at(std::int64_t i) const {
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

 private:
  std::shared_ptr<Array> array_;
  TextColumn text_;
  std::int64_t per_day_ = 1;
};

class ParquetUniverse {
 public:
  explicit ParquetUniverse(std::string where) : where_(std::move(where)) {}

  Result<Universe> read(std::shared_ptr<::arrow::io::RandomAccessFile> input) {
    ::parquet::arrow::FileReaderBuilder builder;
    // Pages are read one by one: a row group of a training file may be all of it.
    ::parquet::ReaderProperties pages;
    pages.enable_buffered_stream();
    if (const auto status = builder.Open(std::move(input), pages); !status.ok()) {
      return failed(status);
    }
    ::parquet::ArrowReaderProperties properties;
    properties.set_use_threads(false);
    properties.set_pre_buffer(false);
    properties.set_batch_size(kRowsAtOnce);
    auto reader = builder.properties(properties)->Build();
    if (!reader.ok()) return failed(reader.status());
    SIGNALS_TRY(find_columns(**reader));
    UniverseBuilder universe(header_);
    std::vector<int> groups(static_cast<std::size_t>((*reader)->num_row_groups()));
    std::iota(groups.begin(), groups.end(), 0);
    auto batches = (*reader)->GetRecordBatchReader(groups, indices_);
    if (!batches.ok()) return failed(batches.status());
    while (true) {
      auto batch = (*batches)->Next();
      if (!batch.ok()) return failed(batch.status());
      if (!*batch) return universe.finish();
      SIGNALS_TRY(add(**batch, universe));
    }
  }

 private:
  [[nodiscard]] tl::unexpected<Error> failed(const ::arrow::Status& status) const {
    return fail(ErrorCode::bad_universe, fmt::format("{}: {}", where_, status.message()));
  }

  Result<void> find_columns(::parquet::arrow::FileReader& reader) {
    std::shared_ptr<::arrow::Schema> schema;
    if (const auto status = reader.GetSchema(&schema); !status.ok()) return failed(status);
    // Leaves are counted, not fields: a nested column before an id column moves it.
    const auto* columns = reader.parquet_reader()->metadata()->schema();
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      const int leaf = columns->ColumnIndex(std::string(kColumns[i]));
      present_[i] = leaf >= 0;
      if (leaf >= 0) indices_.push_back(leaf);
    }
    header_ = {present_[0], present_[1], present_[2], present_[3], present_[4], present_[5]};
    return header_.check(where_);
  }

  Result<void> add(const ::arrow::RecordBatch& batch, UniverseBuilder& universe) const {
    std::array<TextColumn, kDate> text;
    DateColumn date;
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      if (!present_[i]) continue;
      const auto column = batch.GetColumnByName(kColumns[i]);
      if (!column || !(i == kDate ? date.open(column) : text[i].open(column))) {
        return fail(ErrorCode::bad_universe,
                    fmt::format("{}: column {} holds no {}", where_, kColumns[i],
                                i == kDate ? "dates" : "text"));
      }
    }
    for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
      const auto on = date.at(row);
      if (!on) return fail(ErrorCode::bad_universe, fmt::format("{}: {}", where_, on.error().what));
      universe.add({text[0].at(row), text[1].at(row), text[2].at(row), text[3].at(row),
                    text[4].at(row), *on});
    }
    return {};
  }

  std::string where_;
  std::array<bool, kColumns.size()> present_{};
  UniverseHeader header_;
  std::vector<int> indices_;
};

}  // namespace

Result<Universe> read_universe_parquet(const std::string& path) {
  auto file = ::arrow::io::ReadableFile::Open(path);
  if (!file.ok()) return fail(ErrorCode::no_input, fmt::format("cannot read {}", path));
  return ParquetUniverse(path).read(*file);
}

Result<Universe> read_universe_parquet(std::string bytes, const std::string& where) {
  auto buffer = ::arrow::Buffer::FromString(std::move(bytes));
  return ParquetUniverse(where).read(std::make_shared<::arrow::io::BufferReader>(buffer));
}

}  // namespace signals
