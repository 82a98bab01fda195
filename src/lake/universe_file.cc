#include "lake/universe_file.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>

#include <array>

#include "lake/foreign_parquet.h"

namespace signals {
namespace {

constexpr std::array kColumns = {"yahoo",          "ticker", "numerai_ticker", "bloomberg_ticker",
                                 "composite_figi", "date"};
constexpr std::size_t kDate = 5;

class ParquetUniverse {
 public:
  explicit ParquetUniverse(std::string where) : where_(std::move(where)) {}

  Result<Universe> read(std::shared_ptr<::arrow::io::RandomAccessFile> input) {
    SIGNALS_ASSIGN(auto file,
                   ForeignParquet::open(std::move(input), where_, ErrorCode::bad_universe));
    std::vector<std::string> columns;
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      present_[i] = file.has(kColumns[i]);
      if (present_[i]) columns.emplace_back(kColumns[i]);
    }
    header_ = {present_[0], present_[1], present_[2], present_[3], present_[4], present_[5]};
    SIGNALS_TRY(header_.check(where_));
    UniverseBuilder universe(header_);
    SIGNALS_TRY(file.each_batch(
        columns, [&](const ::arrow::RecordBatch& batch) { return add(batch, universe); }));
    return universe.finish();
  }

 private:
  Result<void> add(const ::arrow::RecordBatch& batch, UniverseBuilder& universe) const {
    std::array<TextCells, kDate> text;
    DateCells date;
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
