#include "lake/tables/dataset_skew.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <unordered_map>

#include "lake/parquet.h"

namespace signals {
namespace {

const std::vector<std::string> kKeys = {"date", "numerai_ticker", "session_date"};

template <class Array>
const Array& as(const std::shared_ptr<::arrow::Array>& array) {
  return static_cast<const Array&>(*array);
}

std::vector<std::string> columns_of_both(const std::vector<std::string>& live,
                                         const Schema& schema) {
  std::set<std::string> known;
  for (const auto& column : schema) {
    if (column.type == "float") known.insert(column.name);
  }
  std::vector<std::string> both;
  for (const auto& name : live) {
    if (known.contains(name)) both.push_back(name);
  }
  return both;
}

std::vector<std::string> with_keys(const std::vector<std::string>& columns) {
  std::vector<std::string> all = kKeys;
  all.insert(all.end(), columns.begin(), columns.end());
  return all;
}

// How far apart two cells are; 0 when they are the same, 1 where one side is null.
double distance(const ::arrow::FloatArray& live, std::int64_t i, const ::arrow::FloatArray& now,
                std::int64_t k) {
  if (live.IsNull(i) || now.IsNull(k)) return live.IsNull(i) == now.IsNull(k) ? 0 : 1;
  const double a = live.Value(i), b = now.Value(k);
  return a == b ? 0 : std::abs(a - b) / std::max(1.0, std::abs(a));
}

}  // namespace

Result<Skew> live_skew(const Table& dataset, const TableState& state, const std::string& live_file,
                       Date date) {
  DataFile file;
  file.path = live_file;
  SIGNALS_ASSIGN(const auto names, column_names(dataset, file));
  const auto columns = columns_of_both(names, state.schema);
  SIGNALS_ASSIGN(const auto live, read_columns(dataset, file, with_keys(columns)));
  const auto& tickers = as<::arrow::StringArray>(live[1]);
  const auto& sessions = as<::arrow::StringArray>(live[2]);
  Skew skew;
  skew.names = tickers.length();
  skew.columns_gone = std::ranges::count_if(names, [&](const std::string& name) {
    return name.starts_with("feature_") && std::ranges::find(columns, name) == columns.end();
  });
  std::unordered_map<std::string_view, std::int64_t> places;  // of names with a row
  for (std::int64_t i = 0; i < tickers.length(); ++i) {
    if (!sessions.IsNull(i)) places.emplace(tickers.GetView(i), i);
  }
  const std::string day = to_string(date);
  for (const auto& one : state.files) {
    if (one.first_date > date || one.last_date < date) continue;
    SIGNALS_ASSIGN(const auto groups, RowGroups::open(dataset, one, with_keys(columns)));
    groups->keep_only("date", [&](std::string_view lower, std::string_view upper) {
      return lower <= day && day <= upper;
    });
    while (true) {
      SIGNALS_ASSIGN(const auto now, groups->next());
      if (now.empty()) break;
      const auto& dates = as<::arrow::StringArray>(now[0]);
      const auto& known = as<::arrow::StringArray>(now[1]);
      for (std::int64_t k = 0; k < dates.length(); ++k) {
        if (dates.GetView(k) != day) continue;
        const auto place = places.find(known.GetView(k));
        if (place == places.end()) {
          ++skew.added;
          continue;
        }
        ++skew.rows;
        for (std::size_t c = 0; c < columns.size(); ++c) {
          const double apart =
              distance(as<::arrow::FloatArray>(live[c + kKeys.size()]), place->second,
                       as<::arrow::FloatArray>(now[c + kKeys.size()]), k);
          ++skew.cells;
          if (apart == 0) continue;
          ++skew.differ;
          if (apart > skew.greatest) {
            skew.greatest = apart;
            skew.column = columns[c];
          }
        }
      }
    }
  }
  skew.removed = static_cast<std::int64_t>(places.size()) - skew.rows;
  return skew;
}

}  // namespace signals
