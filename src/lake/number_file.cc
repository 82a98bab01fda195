#include "lake/number_file.h"

#include <arrow/api.h>
#include <arrow/compute/cast.h>
#include <arrow/io/file.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/file.h"
#include "core/number.h"
#include "core/text.h"
#include "lake/foreign_parquet.h"

namespace signals {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kDateName = "date";

// As Numerai's validation takes them, in this order.
const std::vector<std::string> kIds = {"numerai_ticker", "composite_figi", "bloomberg_ticker",
                                       "ticker"};

bool is_number_column(const std::string& name, NumberKind kind) {
  switch (kind) {
    case NumberKind::predictions:
      return name == "signal" || name == "prediction";
    case NumberKind::neutralizers:
      return name.starts_with("neutralizer");
    case NumberKind::weights:
      return name == "sample_weights" || name == "sample_weight" || name == "weight";
  }
  return false;
}

const char* columns_of(NumberKind kind) {
  switch (kind) {
    case NumberKind::predictions:
      return "signal (or prediction)";
    case NumberKind::neutralizers:
      return "neutralizer_…";
    case NumberKind::weights:
      return "sample_weights";
  }
  return "";
}

Result<std::shared_ptr<::arrow::io::RandomAccessFile>> open_input(const std::string& path) {
  auto file = ::arrow::io::ReadableFile::Open(path);
  if (!file.ok()) return fail(ErrorCode::no_input, fmt::format("cannot read {}", path));
  return std::shared_ptr<::arrow::io::RandomAccessFile>(*file);
}

}  // namespace

tl::unexpected<Error> NumberFile::bad(std::string_view what) const {
  return fail(ErrorCode::bad_numbers, fmt::format("{}: {}", path_, what));
}

Result<void> NumberFile::choose(const std::vector<std::string>& header, NumberKind kind) {
  header_ = header;
  const auto has = [&](const std::string& name) {
    return std::ranges::find(header, name) != header.end();
  };
  if (!has(kDateName)) return bad("it has no column date");
  const auto id = std::ranges::find_if(kIds, has);
  if (id == kIds.end()) return bad(fmt::format("it has none of {}", fmt::join(kIds, ", ")));
  id_ = *id;
  for (const auto& name : header) {
    if (is_number_column(name, kind)) columns_.push_back(name);
  }
  if (columns_.empty()) return bad(fmt::format("it has no column {}", columns_of(kind)));
  if (kind != NumberKind::neutralizers) columns_.resize(1);
  return {};
}

Result<NumberFile> NumberFile::open(const std::string& path, NumberKind kind) {
  NumberFile file;
  file.path_ = path;
  if (file.is_parquet()) {
    SIGNALS_ASSIGN(auto input, open_input(path));
    SIGNALS_ASSIGN(const auto parquet,
                   ForeignParquet::open(std::move(input), path, ErrorCode::bad_numbers));
    SIGNALS_TRY(file.choose(parquet.columns(), kind));
    return file;
  }
  SIGNALS_ASSIGN(const std::string text, read_file(path));
  const std::string first = text.substr(0, text.find('\n'));
  std::vector<std::string_view> cells;
  split_csv_line(first, cells);
  std::vector<std::string> header;
  for (const auto cell : cells) header.emplace_back(trim(cell));
  SIGNALS_TRY(file.choose(header, kind));
  return file;
}

// Calls take(date, name, cells of the columns) for each row.
template <class Take>
Result<void> NumberFile::each_csv_row(const Take& take) const {
  SIGNALS_ASSIGN(const std::string text, read_file(path_));
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(header_, name) - header_.begin());
  };
  const std::size_t date_at = place(kDateName), id_at = place(id_);
  std::vector<std::size_t> at;
  for (const auto& name : columns_) at.push_back(place(name));
  std::vector<std::string_view> cells;
  std::vector<double> values(at.size());
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const auto row = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (++line == 1 || trim(row).empty()) continue;
    split_csv_line(row, cells);
    if (cells.size() != header_.size()) {
      return bad(
          fmt::format("line {} has {} cells, the header {}", line, cells.size(), header_.size()));
    }
    const auto date = parse_date(trim(cells[date_at]).substr(0, 10));
    if (!date) return bad(fmt::format("line {}: {}", line, date.error().what));
    for (std::size_t c = 0; c < at.size(); ++c) {
      const auto cell = trim(cells[at[c]]);
      values[c] = kNone;
      if (cell.empty() || lower(cell) == "nan") continue;
      const auto value = number_in<double>(cell);
      if (!value) {
        return bad(fmt::format("line {}: '{}' is no number", line, one_line(cell, 40)));
      }
      values[c] = *value;
    }
    SIGNALS_TRY(take(*date, trim(cells[id_at]), std::span<const double>(values)));
  }
  return {};
}

template <class Take>
Result<void> NumberFile::each_parquet_row(const std::set<Date>* dates, bool numbers,
                                          const Take& take) const {
  SIGNALS_ASSIGN(auto input, open_input(path_));
  SIGNALS_ASSIGN(auto parquet,
                 ForeignParquet::open(std::move(input), path_, ErrorCode::bad_numbers));
  if (dates != nullptr && !dates->empty()) {
    const std::string first = to_string(*dates->begin()), last = to_string(*dates->rbegin());
    parquet.keep_only(kDateName, [&](std::string_view lower, std::string_view upper) {
      return lower.substr(0, 10) <= last && upper >= first;
    });
  }
  std::vector<std::string> wanted = {kDateName, id_};
  if (numbers) wanted.insert(wanted.end(), columns_.begin(), columns_.end());
  return parquet.each_batch(wanted, [&](const ::arrow::RecordBatch& batch) -> Result<void> {
    DateCells date;
    TextCells name;
    const auto of_date = batch.GetColumnByName(kDateName), of_name = batch.GetColumnByName(id_);
    if (!of_date || !date.open(of_date)) return bad("column date holds no dates");
    if (!of_name || !name.open(of_name)) return bad(fmt::format("column {} holds no text", id_));
    std::vector<std::shared_ptr<::arrow::Array>> arrays;
    for (std::size_t c = 0; numbers && c < columns_.size(); ++c) {
      const auto column = batch.GetColumnByName(columns_[c]);
      auto real = column ? ::arrow::compute::Cast(*column, ::arrow::float64())
                         : ::arrow::Result<std::shared_ptr<::arrow::Array>>(
                               ::arrow::Status::Invalid("a nested column"));
      if (!real.ok()) return bad(fmt::format("column {} holds no numbers", columns_[c]));
      arrays.push_back(*real);
    }
    std::vector<double> values(arrays.size());
    for (std::int64_t i = 0; i < batch.num_rows(); ++i) {
      const auto on = date.at(i);
      if (!on) return bad(on.error().what);
      if (!*on || (dates != nullptr && !dates->contains(**on))) continue;
      for (std::size_t c = 0; c < arrays.size(); ++c) {
        const auto& array = static_cast<const ::arrow::DoubleArray&>(*arrays[c]);
        values[c] = array.IsNull(i) ? kNone : array.Value(i);
      }
      SIGNALS_TRY(take(**on, name.at(i), std::span<const double>(values)));
    }
    return {};
  });
}

Result<std::set<Date>> NumberFile::dates() const {
  std::set<Date> found;
  const auto take = [&](Date date, std::string_view, std::span<const double>) -> Result<void> {
    found.insert(date);
    return {};
  };
  SIGNALS_TRY(is_parquet() ? each_parquet_row(nullptr, false, take) : each_csv_row(take));
  return found;
}

Result<std::map<Date, DatedNumbers>> NumberFile::read(const std::set<Date>& dates) const {
  std::map<Date, DatedNumbers> found;
  const auto take = [&](Date date, std::string_view name,
                        std::span<const double> values) -> Result<void> {
    if (!dates.contains(date) || name.empty()) return {};
    for (const double value : values) {
      if (std::isinf(value)) {
        return bad(fmt::format("{} of {} is infinite", name, to_string(date)));
      }
    }
    DatedNumbers& rows = found[date];
    rows.names.emplace_back(name);
    rows.values.insert(rows.values.end(), values.begin(), values.end());
    return {};
  };
  SIGNALS_TRY(is_parquet() ? each_parquet_row(&dates, true, take) : each_csv_row(take));
  return found;
}

}  // namespace signals
