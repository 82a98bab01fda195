#include "lake/tables/bar_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/bar.h"
#include "lake/parquet.h"

namespace signals {
namespace {

// Appends rows [begin, end) of a column, NaN for null.
void append(std::vector<double>& to, const ::arrow::Array& array, std::int64_t begin,
            std::int64_t end) {
  const std::size_t before = to.size();
  if (array.type_id() == ::arrow::Type::INT64) {
    const auto* values = static_cast<const ::arrow::Int64Array&>(array).raw_values();
    to.resize(before + static_cast<std::size_t>(end - begin));
    std::transform(values + begin, values + end, to.begin() + static_cast<std::ptrdiff_t>(before),
                   [](std::int64_t value) { return static_cast<double>(value); });
  } else {
    const auto* values = static_cast<const ::arrow::DoubleArray&>(array).raw_values();
    to.insert(to.end(), values + begin, values + end);
  }
  if (array.null_count() == 0) return;
  for (std::int64_t i = begin; i < end; ++i) {
    if (array.IsNull(i)) to[before + static_cast<std::size_t>(i - begin)] = kUnknown;
  }
}

}  // namespace

void BarSeries::clear() {
  ticker.clear();
  dates.clear();
  for (auto* column : {&open, &high, &low, &close, &volume, &dividend_factor}) column->clear();
}

// A place in one file.
class BarReader::Cursor {
 public:
  explicit Cursor(std::unique_ptr<RowGroups> groups) : groups_(std::move(groups)) {}

  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] std::string_view ticker() const {
    const auto& names = static_cast<const ::arrow::StringArray&>(*tickers().dictionary());
    return names.GetView(codes()[row_]);
  }

  // Goes on to the next row group when this one is used up.
  Result<void> settle() {
    while (!at_end_ && row_ == rows_) {
      SIGNALS_ASSIGN(columns_, groups_->next());
      at_end_ = columns_.empty();
      row_ = 0;
      rows_ = at_end_ ? 0 : columns_[0]->length();
      if (at_end_) groups_.reset();
    }
    return {};
  }

  // Appends the rows of this cursor's ticker, in as many row groups as they are.
  Result<void> take(BarSeries& series) {
    while (!at_end_ && ticker() == series.ticker) {
      std::int64_t end = row_ + 1;
      while (end < rows_ && codes()[end] == codes()[row_]) ++end;
      SIGNALS_TRY(append_rows(series, end));
      row_ = end;
      SIGNALS_TRY(settle());
    }
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> not_sorted() const {
    return fail(ErrorCode::store_read,
                fmt::format("cannot read {}: its rows are not in order of ticker and date",
                            groups_->where()));
  }

 private:
  [[nodiscard]] const ::arrow::DictionaryArray& tickers() const {
    return static_cast<const ::arrow::DictionaryArray&>(*columns_[0]);
  }
  [[nodiscard]] const std::int32_t* codes() const {
    return static_cast<const ::arrow::Int32Array&>(*tickers().indices()).raw_values();
  }

  Result<void> append_rows(BarSeries& series, std::int64_t end) const {
    const auto& dates = static_cast<const ::arrow::Date32Array&>(*columns_[1]);
    for (std::int64_t i = row_; i < end; ++i) {
      const Date date{std::chrono::days(dates.Value(i))};
      if (!series.dates.empty() && date <= series.dates.back()) return not_sorted();
      series.dates.push_back(date);
    }
    std::vector<double>* const to[] = {&series.open,  &series.high,   &series.low,
                                       &series.close, &series.volume, &series.dividend_factor};
    for (std::size_t c = 2; c < columns_.size(); ++c) append(*to[c - 2], *columns_[c], row_, end);
    return {};
  }

  std::unique_ptr<RowGroups> groups_;
  Arrays columns_;
  std::int64_t row_ = 0, rows_ = 0;
  bool at_end_ = false;
};

BarReader::BarReader() = default;
BarReader::BarReader(BarReader&&) noexcept = default;
BarReader& BarReader::operator=(BarReader&&) noexcept = default;
BarReader::~BarReader() = default;

Result<BarReader> BarReader::open(const Table& table, std::span<const DataFile> files,
                                  bool dividend_factors) {
  std::vector<DataFile> by_date(files.begin(), files.end());
  std::ranges::sort(by_date, {}, &DataFile::first_date);
  std::vector<std::string> columns = {"ticker", "date", "open", "high", "low", "close", "volume"};
  if (dividend_factors) columns.emplace_back("dividend_factor");
  BarReader reader;
  for (const auto& file : by_date) {
    SIGNALS_ASSIGN(auto groups, RowGroups::open(table, file, columns, {"ticker"}));
    reader.cursors_.push_back(std::make_unique<Cursor>(std::move(groups)));
    SIGNALS_TRY(reader.cursors_.back()->settle());
  }
  return reader;
}

Result<bool> BarReader::next(BarSeries& series) {
  const Cursor* first = nullptr;
  for (const auto& cursor : cursors_) {
    if (cursor->at_end()) continue;
    if (first == nullptr || cursor->ticker() < first->ticker()) first = cursor.get();
  }
  series.clear();
  if (first == nullptr) return false;
  if (first->ticker() <= last_) return first->not_sorted();
  series.ticker = last_ = first->ticker();
  for (const auto& cursor : cursors_) SIGNALS_TRY(cursor->take(series));
  return true;
}

}  // namespace signals
