#include "lake/tables/feature_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lake/parquet.h"
#include "lake/parquet_stats.h"

namespace signals {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

template <class Array>
const Array& as(const std::shared_ptr<::arrow::Array>& array) {
  return static_cast<const Array&>(*array);
}

// A cell of a float or double column.
double cell(const ::arrow::Array& array, std::int64_t i) {
  if (array.IsNull(i)) return kNone;
  if (array.type_id() == ::arrow::Type::DOUBLE) {
    return static_cast<const ::arrow::DoubleArray&>(array).Value(i);
  }
  return static_cast<const ::arrow::FloatArray&>(array).Value(i);
}

std::vector<std::string> with_keys(const char* first, const char* second,
                                   const std::vector<std::string>& columns) {
  std::vector<std::string> all = {first, second};
  all.insert(all.end(), columns.begin(), columns.end());
  return all;
}

// The stretches of rows of one ticker in a row group whose first two columns are ticker (coded) and
// date.
template <class Take>
void each_ticker(const Arrays& group, const Take& take) {
  const auto& coded = as<::arrow::DictionaryArray>(group[0]);
  const auto& names = as<::arrow::StringArray>(coded.dictionary());
  const auto* codes = as<::arrow::Int32Array>(coded.indices()).raw_values();
  const auto* days = as<::arrow::Date32Array>(group[1]).raw_values();
  for (std::int64_t begin = 0; begin < coded.length();) {
    std::int64_t end = begin + 1;
    while (end < coded.length() && codes[end] == codes[begin]) ++end;
    take(names.GetView(codes[begin]), std::span(days + begin, days + end), begin);
    begin = end;
  }
}

std::int32_t day_of(Date date) {
  return static_cast<std::int32_t>(date.time_since_epoch().count());
}

// The data files that have rows from a date on, oldest first.
std::vector<DataFile> files_from(const TableState& state, Date from) {
  std::vector<DataFile> files;
  for (const auto& file : state.files) {
    if (file.last_date >= from) files.push_back(file);
  }
  std::ranges::stable_sort(files, {}, &DataFile::first_date);
  return files;
}

}  // namespace

std::vector<std::string> feature_columns(const TableState& state) {
  std::vector<std::string> names;
  for (const auto& column : state.schema) {
    if (column.type == "float" || column.type == "double") names.push_back(column.name);
  }
  return names;
}

Result<std::map<std::string, NullCount, std::less<>>> null_counts(const Table& table,
                                                                  const TableState& state) {
  std::map<std::string, NullCount, std::less<>> counts;
  std::set<std::string> untold;
  for (const auto& file : state.files) {
    SIGNALS_TRY(each_chunk_nulls(
        table, file, [&](const std::string& column, std::int64_t values, std::int64_t nulls) {
          if (nulls < 0) untold.insert(column);
          NullCount& count = counts[column];
          count.values += values;
          count.nulls += nulls;
        }));
  }
  for (const auto& column : untold) counts.erase(column);
  return counts;
}

Result<std::vector<Date>> newest_dataset_dates(const Table& dataset, const TableState& state,
                                               std::optional<Date> last, std::size_t most) {
  std::vector<DataFile> files = state.files;
  std::ranges::sort(files, std::ranges::greater(), &DataFile::last_date);
  std::set<Date> dates;
  for (const auto& file : files) {
    if (last && file.first_date > *last) continue;
    if (dates.size() >= most && file.last_date < *std::prev(dates.end(), static_cast<int>(most))) {
      break;
    }
    SIGNALS_ASSIGN(const auto groups, RowGroups::open(dataset, file, {"date"}, {"date"}));
    while (true) {
      SIGNALS_ASSIGN(const auto group, groups->next());
      if (group.empty()) break;
      const auto& coded = as<::arrow::DictionaryArray>(group[0]);
      const auto& texts = as<::arrow::StringArray>(coded.dictionary());
      for (std::int64_t i = 0; i < texts.length(); ++i) {
        SIGNALS_ASSIGN(const Date date, parse_date(texts.GetView(i)));
        if (!last || date <= *last) dates.insert(date);
      }
    }
  }
  const std::size_t begin = dates.size() - std::min(most, dates.size());
  return std::vector<Date>(std::next(dates.begin(), static_cast<std::ptrdiff_t>(begin)),
                           dates.end());
}

Result<std::vector<DateSlice>> read_dataset_dates(const Table& dataset, const TableState& state,
                                                  std::span<const Date> dates,
                                                  const std::vector<std::string>& columns) {
  std::vector<DateSlice> slices;
  std::map<std::string, std::size_t, std::less<>> places;  // by the date as it is written
  for (const Date date : dates) {
    places.emplace(to_string(date), slices.size());
    slices.push_back({date, {}, std::vector<std::vector<double>>(columns.size())});
  }
  if (dates.empty()) return slices;
  const auto all = with_keys("date", "numerai_ticker", columns);
  for (const auto& file : files_from(state, dates.front())) {
    SIGNALS_ASSIGN(const auto groups, RowGroups::open(dataset, file, all));
    groups->keep_only("date", [&](std::string_view lower, std::string_view upper) {
      const auto first = places.lower_bound(lower);
      return first != places.end() && first->first <= upper;
    });
    while (true) {
      SIGNALS_ASSIGN(const auto group, groups->next());
      if (group.empty()) break;
      const auto& days = as<::arrow::StringArray>(group[0]);
      const auto& names = as<::arrow::StringArray>(group[1]);
      for (std::int64_t i = 0; i < days.length(); ++i) {
        const auto place = places.find(days.GetView(i));
        if (place == places.end()) continue;
        DateSlice& slice = slices[place->second];
        slice.names.push_back(names.GetString(i));
        for (std::size_t c = 0; c < columns.size(); ++c) {
          slice.columns[c].push_back(cell(*group[c + 2], i));
        }
      }
    }
  }
  return slices;
}

Result<std::vector<DateSlice>> read_feature_dates(const Table& features, const TableState& state,
                                                  std::span<const Date> dates,
                                                  std::chrono::days oldest,
                                                  const std::vector<std::string>& columns) {
  // By ticker: for each date and column a value.
  std::map<std::string, std::vector<double>, std::less<>> rows;
  const std::size_t width = columns.size();
  if (dates.empty()) return std::vector<DateSlice>();
  const auto all = with_keys("ticker", "date", columns);
  for (const auto& file : files_from(state, dates.front() - oldest)) {
    SIGNALS_ASSIGN(const auto groups, RowGroups::open(features, file, all, {"ticker"}));
    while (true) {
      SIGNALS_ASSIGN(const auto group, groups->next());
      if (group.empty()) break;
      each_ticker(group, [&](std::string_view ticker, auto days, std::int64_t begin) {
        if (days.back() < day_of(dates.front() - oldest)) return;
        auto found = rows.find(ticker);
        for (std::size_t d = 0; d < dates.size(); ++d) {
          const auto after = std::ranges::upper_bound(days, day_of(dates[d]));
          if (after == days.begin()) continue;
          const auto row = after - days.begin() - 1;
          if (days[static_cast<std::size_t>(row)] < day_of(dates[d] - oldest)) continue;
          if (found == rows.end()) {
            found = rows.emplace(ticker, std::vector<double>(width * dates.size(), kNone)).first;
          }
          for (std::size_t c = 0; c < width; ++c) {
            found->second[d * width + c] = cell(*group[c + 2], begin + row);
          }
        }
      });
    }
  }
  std::vector<DateSlice> slices;
  for (std::size_t d = 0; d < dates.size(); ++d) {
    DateSlice slice{dates[d], {}, std::vector<std::vector<double>>(width)};
    for (const auto& [ticker, values] : rows) {
      slice.names.push_back(ticker);
      for (std::size_t c = 0; c < width; ++c) slice.columns[c].push_back(values[d * width + c]);
    }
    slices.push_back(std::move(slice));
  }
  return slices;
}

Result<std::map<std::string, TickerRows, std::less<>>> read_ticker_rows(
    const Table& features, const TableState& state,
    const std::set<std::string, std::less<>>& tickers, Date from,
    const std::vector<std::string>& columns) {
  std::map<std::string, TickerRows, std::less<>> found;
  std::set<int> buckets;
  for (const auto& ticker : tickers) buckets.insert(bucket_of(ticker));
  const auto all = with_keys("ticker", "date", columns);
  for (const auto& file : files_from(state, from)) {
    if (!buckets.contains(file.partition.bucket)) continue;
    SIGNALS_ASSIGN(const auto groups, RowGroups::open(features, file, all, {"ticker"}));
    groups->keep_only("ticker", [&](std::string_view lower, std::string_view upper) {
      const auto first = tickers.lower_bound(lower);
      return first != tickers.end() && *first <= upper;
    });
    while (true) {
      SIGNALS_ASSIGN(const auto group, groups->next());
      if (group.empty()) break;
      each_ticker(group, [&](std::string_view ticker, auto days, std::int64_t begin) {
        if (!tickers.contains(ticker) || days.back() < day_of(from)) return;
        TickerRows& rows = found[std::string(ticker)];
        rows.columns.resize(columns.size());
        for (std::size_t i = 0; i < days.size(); ++i) {
          if (days[i] < day_of(from)) continue;
          rows.dates.push_back(Date{std::chrono::days(days[i])});
          for (std::size_t c = 0; c < columns.size(); ++c) {
            rows.columns[c].push_back(cell(*group[c + 2], begin + static_cast<std::int64_t>(i)));
          }
        }
      });
    }
  }
  return found;
}

}  // namespace signals
