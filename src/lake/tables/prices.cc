#include "lake/tables/prices.h"

#include <algorithm>
#include <set>

#include "lake/parquet.h"
#include "lake/tables/price_columns.h"

namespace signals {
namespace {

using ::arrow::Array;

Date date_at(const ::arrow::Date32Array& dates, std::int64_t i) {
  return Date{std::chrono::days(dates.Value(i))};
}

Label label_at(const ::arrow::StringArray& labels, std::int64_t i) {
  return labels.IsNull(i) ? Label{} : Label{labels.GetView(i)};
}

template <class T>
const T& as(const std::shared_ptr<Array>& array) {
  return static_cast<const T&>(*array);
}

}  // namespace

const std::vector<ColumnSpec>& prices_schema() {
  static const std::vector<ColumnSpec> schema = {
      {"ticker", "string", true, Partitioning::bucket},
      {"date", "date", true, Partitioning::year},
      {"open", "double"},
      {"high", "double"},
      {"low", "double"},
      {"close", "double"},
      {"volume", "long"},
      {"dividend", "double"},
      {"dividend_factor", "double"},
      {"split_ratio", "double"},
      {"currency", "string"},
      {"exchange", "string"},
      {"settled", "boolean"},
      {"fetched_at", "timestamptz"},
  };
  return schema;
}

Result<MakeFile> encode_prices(const Table& table, const Partition& partition,
                               std::vector<TickerBars> tickers) {
  const auto failed = [&](const ::arrow::Status& status) {
    return tl::unexpected(to_error(ErrorCode::store_write, table.name(), status));
  };
  const auto arrays = to_price_columns(tickers);
  if (!arrays.ok()) return failed(arrays.status());
  std::vector<TickerBars>().swap(tickers);  // they are as large as what the encoder needs
  SIGNALS_ASSIGN(auto file, ParquetFile::create(table, partition, price_columns_schema()));
  SIGNALS_TRY(file->write(*arrays));
  return closing(std::move(file));
}

Result<DataFile> write_prices(const Table& table, const Partition& partition,
                              std::span<const TickerBars> tickers) {
  SIGNALS_ASSIGN(const MakeFile close,
                 encode_prices(table, partition, {tickers.begin(), tickers.end()}));
  return close();
}

Result<std::vector<TickerBars>> read_prices(const Table& table, const DataFile& file) {
  SIGNALS_ASSIGN(const auto groups,
                 RowGroups::open(table, file, prices_schema(), {"ticker", "currency", "exchange"}));
  std::vector<TickerBars> result;
  while (true) {
    SIGNALS_ASSIGN(const auto columns, groups->next());
    if (columns.empty()) return result;
    append_price_rows(columns, result);
  }
}

Result<std::set<std::string, std::less<>>> tickers_in(const Table& table, const DataFile& file) {
  SIGNALS_ASSIGN(const auto groups, RowGroups::open(table, file, {"ticker"}, {"ticker"}));
  std::set<std::string, std::less<>> tickers;
  while (true) {
    SIGNALS_ASSIGN(const auto columns, groups->next());
    if (columns.empty()) return tickers;
    const auto& coded = as<::arrow::DictionaryArray>(columns[0]);
    const auto& names = as<::arrow::StringArray>(coded.dictionary());
    for (std::int64_t i = 0; i < names.length(); ++i) tickers.insert(names.GetString(i));
  }
}

Result<void> each_tickers_dates(const Table& table, const DataFile& file, const TakeDates& take) {
  SIGNALS_ASSIGN(const auto columns, read_columns(table, file, {"ticker", "date", "exchange"}));
  const auto& ticker = as<::arrow::StringArray>(columns[0]);
  const auto& date = as<::arrow::Date32Array>(columns[1]);
  const auto& exchange = as<::arrow::StringArray>(columns[2]);
  std::vector<Date> dates;
  for (std::int64_t i = 0; i < ticker.length(); ++i) {
    dates.push_back(date_at(date, i));
    if (i + 1 < ticker.length() && ticker.GetView(i + 1) == ticker.GetView(i)) continue;
    take(ticker.GetView(i), label_at(exchange, i).view(), dates);
    dates.clear();
  }
  return {};
}

Result<void> each_unsettled(const Table& table, const DataFile& file, Date from,
                            const TakeBar& take) {
  SIGNALS_ASSIGN(const auto columns, read_columns(table, file, {"ticker", "date", "settled"}));
  const auto& ticker = as<::arrow::StringArray>(columns[0]);
  const auto& date = as<::arrow::Date32Array>(columns[1]);
  const auto& settled = as<::arrow::BooleanArray>(columns[2]);
  for (std::int64_t i = 0; i < ticker.length(); ++i) {
    if (!settled.Value(i) && date_at(date, i) >= from) take(ticker.GetView(i), date_at(date, i));
  }
  return {};
}

Result<std::map<std::string, Sessions, std::less<>>> sessions_in(const Table& table,
                                                                 const DataFile& file) {
  SIGNALS_ASSIGN(const auto columns, read_columns(table, file, {"ticker", "date"}));
  const auto& ticker = as<::arrow::StringArray>(columns[0]);
  const auto& date = as<::arrow::Date32Array>(columns[1]);
  std::map<std::string, Sessions, std::less<>> sessions;
  std::int64_t first = 0;
  for (std::int64_t i = 0; i < ticker.length(); ++i) {
    const bool last = i + 1 == ticker.length() || ticker.GetView(i + 1) != ticker.GetView(i);
    if (!last) continue;  // a file is sorted by ticker, then date
    sessions[ticker.GetString(i)] = {date_at(date, first), date_at(date, i)};
    first = i + 1;
  }
  return sessions;
}

constexpr std::chrono::days kLately{60};

std::int64_t PricesSummary::Exchange::sessions_after(Date date) const {
  return std::count_if(lately.upper_bound(date), lately.end(),
                       [&](const auto& day) { return 5 * day.second >= tickers; });
}

Result<PricesSummary> summarize_prices(const Table& table, const TableState& state) {
  PricesSummary summary;
  std::set<std::string, std::less<>> all;
  for (const auto& file : state.files) {
    SIGNALS_ASSIGN(const auto columns,
                   read_columns(table, file, {"ticker", "date", "exchange", "settled"}));
    const auto& ticker = as<::arrow::StringArray>(columns[0]);
    const auto& date = as<::arrow::Date32Array>(columns[1]);
    const auto& exchange = as<::arrow::StringArray>(columns[2]);
    const auto& settled = as<::arrow::BooleanArray>(columns[3]);
    std::string_view last_ticker;
    for (std::int64_t i = 0; i < ticker.length(); ++i) {
      const std::string name(label_at(exchange, i).view());
      auto& one = summary.exchanges[name];
      const Date at = date_at(date, i);
      one.newest = one.rows == 0 ? at : std::max(one.newest, at);
      ++one.lately[at];
      ++one.rows;
      summary.unsettled += settled.Value(i) ? 0 : 1;
      if (ticker.GetView(i) != last_ticker) {
        last_ticker = ticker.GetView(i);
        all.emplace(last_ticker);
      }
      const bool last = i + 1 == ticker.length() || ticker.GetView(i + 1) != last_ticker;
      if (!last) continue;
      auto found = one.newest_by_ticker.find(last_ticker);
      if (found == one.newest_by_ticker.end()) {
        found = one.newest_by_ticker.emplace(last_ticker, at).first;
      }
      found->second = std::max(found->second, at);
    }
    summary.first = summary.rows == 0 ? file.first_date : std::min(summary.first, file.first_date);
    summary.last = summary.rows == 0 ? file.last_date : std::max(summary.last, file.last_date);
    summary.rows += file.rows;
  }
  // A listing that moved is one of the exchange of its newest bar, not one that the other lacks.
  std::map<std::string, Date, std::less<>> newest;
  for (const auto& [name, one] : summary.exchanges) {
    for (const auto& [ticker, at] : one.newest_by_ticker) {
      Date& date = newest.try_emplace(ticker, at).first->second;
      date = std::max(date, at);
    }
  }
  for (auto& [name, one] : summary.exchanges) {
    std::erase_if(one.newest_by_ticker,
                  [&](const auto& ticker) { return ticker.second < newest.at(ticker.first); });
    one.tickers = static_cast<std::int64_t>(one.newest_by_ticker.size());
    one.lately.erase(one.lately.begin(), one.lately.lower_bound(one.newest - kLately));
  }
  summary.tickers = static_cast<std::int64_t>(all.size());
  return summary;
}

Result<std::map<std::string, Date>> newest_dates(const Table& table, const TableState& state) {
  std::map<std::string, Date> newest;
  for (const auto& file : state.files) {
    SIGNALS_ASSIGN(const auto columns, read_columns(table, file, {"ticker", "date"}));
    const auto& ticker = as<::arrow::StringArray>(columns[0]);
    const auto& date = as<::arrow::Date32Array>(columns[1]);
    for (std::int64_t i = 0; i < ticker.length(); ++i) {
      const bool last = i + 1 == ticker.length() || ticker.GetView(i + 1) != ticker.GetView(i);
      if (!last) continue;  // a file is sorted by ticker, then date
      Date& at = newest.try_emplace(ticker.GetString(i), Date::min()).first->second;
      at = std::max(at, date_at(date, i));
    }
  }
  return newest;
}

Result<void> append_closes(const Table& table, const DataFile& file,
                           const std::set<std::string, std::less<>>& tickers, Closes& closes) {
  SIGNALS_ASSIGN(const auto groups,
                 RowGroups::open(table, file, {"ticker", "date", "close"}, {"ticker"}));
  while (true) {
    SIGNALS_ASSIGN(const auto columns, groups->next());
    if (columns.empty()) return {};
    const auto& coded = as<::arrow::DictionaryArray>(columns[0]);
    const auto& names = as<::arrow::StringArray>(coded.dictionary());
    const auto& codes = as<::arrow::Int32Array>(coded.indices());
    const auto& date = as<::arrow::Date32Array>(columns[1]);
    const auto& close = as<::arrow::DoubleArray>(columns[2]);
    std::vector<std::vector<DatedClose>*> wanted;  // by code
    for (std::int64_t i = 0; i < names.length(); ++i) {
      const bool one = tickers.contains(names.GetView(i));
      wanted.push_back(one ? &closes[names.GetString(i)] : nullptr);
    }
    for (std::int64_t i = 0; i < codes.length(); ++i) {
      auto* to = wanted[static_cast<std::size_t>(codes.Value(i))];
      if (to != nullptr) to->push_back({date_at(date, i), close.Value(i)});
    }
  }
}

Result<void> note_last_closes(const Table& table, const DataFile& file,
                              std::map<std::string, double, std::less<>>& closes) {
  SIGNALS_ASSIGN(const auto columns, read_columns(table, file, {"ticker", "close"}));
  const auto& ticker = as<::arrow::StringArray>(columns[0]);
  const auto& close = as<::arrow::DoubleArray>(columns[1]);
  for (std::int64_t i = 0; i < ticker.length(); ++i) {
    const bool last = i + 1 == ticker.length() || ticker.GetView(i + 1) != ticker.GetView(i);
    if (last) closes.insert_or_assign(ticker.GetString(i), close.Value(i));
  }
  return {};
}

}  // namespace signals
