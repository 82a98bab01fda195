#include "lake/tables/prices.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "lake/parquet.h"

namespace signals {
namespace {

using ::arrow::Array;

std::int32_t days(Date date) { return static_cast<std::int32_t>(date.time_since_epoch().count()); }

Date date_at(const ::arrow::Date32Array& dates, std::int64_t i) {
  return Date{std::chrono::days(dates.Value(i))};
}

Label label_at(const ::arrow::StringArray& labels, std::int64_t i) {
  return labels.IsNull(i) ? Label{} : Label{labels.GetView(i)};
}

// Builders for the columns of prices_schema(), in its order.
struct PriceBuilders {
  ::arrow::StringBuilder ticker;
  ::arrow::Date32Builder date;
  ::arrow::DoubleBuilder open, high, low, close;
  ::arrow::Int64Builder volume;
  ::arrow::DoubleBuilder dividend, dividend_factor, split_ratio;
  ::arrow::StringBuilder currency, exchange;
  ::arrow::BooleanBuilder settled;
  ::arrow::TimestampBuilder fetched_at{::arrow::timestamp(::arrow::TimeUnit::MICRO, "UTC"),
                                       ::arrow::default_memory_pool()};

  ::arrow::Status append(const std::string& name, const PriceRow& row) {
    ARROW_RETURN_NOT_OK(ticker.Append(name));
    ARROW_RETURN_NOT_OK(date.Append(days(row.date)));
    ARROW_RETURN_NOT_OK(std::isnan(row.open) ? open.AppendNull() : open.Append(row.open));
    ARROW_RETURN_NOT_OK(high.Append(row.high));
    ARROW_RETURN_NOT_OK(low.Append(row.low));
    ARROW_RETURN_NOT_OK(close.Append(row.close));
    ARROW_RETURN_NOT_OK(row.volume == kUnknownVolume ? volume.AppendNull()
                                                     : volume.Append(row.volume));
    ARROW_RETURN_NOT_OK(dividend.Append(row.dividend));
    ARROW_RETURN_NOT_OK(dividend_factor.Append(row.dividend_factor));
    ARROW_RETURN_NOT_OK(split_ratio.Append(row.split_ratio));
    ARROW_RETURN_NOT_OK(row.currency.empty() ? currency.AppendNull()
                                             : currency.Append(row.currency.view()));
    ARROW_RETURN_NOT_OK(row.exchange.empty() ? exchange.AppendNull()
                                             : exchange.Append(row.exchange.view()));
    ARROW_RETURN_NOT_OK(settled.Append(row.settled));
    return fetched_at.Append(row.fetched_at.time_since_epoch().count());
  }

  ::arrow::Result<std::vector<std::shared_ptr<Array>>> finish() {
    std::vector<std::shared_ptr<Array>> arrays;
    const std::initializer_list<::arrow::ArrayBuilder*> builders = {
        &ticker,      &date,      &open,
        &high,        &low,       &close,
        &volume,      &dividend,  &dividend_factor,
        &split_ratio, &currency,  &exchange,
        &settled,     &fetched_at};
    for (auto* builder : builders) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      arrays.push_back(std::move(array));
    }
    return arrays;
  }
};

template <class T>
const T& as(const std::shared_ptr<Array>& array) {
  return static_cast<const T&>(*array);
}

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  for (const auto& column : prices_schema()) names.push_back(column.name);
  return names;
}

double value_or_nan(const Array& array, std::int64_t i) {
  if (array.IsNull(i)) return kUnknown;
  if (array.type_id() == ::arrow::Type::INT64) {
    return static_cast<double>(static_cast<const ::arrow::Int64Array&>(array).Value(i));
  }
  return static_cast<const ::arrow::DoubleArray&>(array).Value(i);
}

}  // namespace

const std::vector<ColumnSpec>& prices_schema() {
  static const std::vector<ColumnSpec> schema = {
      {"ticker", "string"},
      {"date", "date"},
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

Result<DataFile> write_prices(const Table& table, const Partition& partition,
                              std::span<const TickerBars> tickers) {
  SIGNALS_ASSIGN(auto file, ParquetFile::create(table, partition, arrow_schema(prices_schema())));
  PriceBuilders builders;
  Date first = Date::max(), last = Date::min();
  for (const auto& bars : tickers) {
    for (const auto& row : bars.rows) {
      if (const auto status = builders.append(bars.ticker, row); !status.ok()) {
        return tl::unexpected(to_error(ErrorCode::store_write, table.name(), status));
      }
      first = std::min(first, row.date);
      last = std::max(last, row.date);
    }
  }
  auto arrays = builders.finish();
  if (!arrays.ok()) {
    return tl::unexpected(to_error(ErrorCode::store_write, table.name(), arrays.status()));
  }
  SIGNALS_TRY(file->write(*arrays));
  SIGNALS_ASSIGN(DataFile done, file->close());
  done.first_date = first;
  done.last_date = last;
  done.first_ticker = tickers.front().ticker;
  done.last_ticker = tickers.back().ticker;
  return done;
}

Result<std::vector<TickerBars>> read_prices(const Table& table, const DataFile& file) {
  SIGNALS_ASSIGN(const auto columns, read_columns(table, file, column_names()));
  const auto& ticker = as<::arrow::StringArray>(columns[0]);
  const auto& date = as<::arrow::Date32Array>(columns[1]);
  const auto& volume = as<::arrow::Int64Array>(columns[6]);
  const auto& currency = as<::arrow::StringArray>(columns[10]);
  const auto& exchange = as<::arrow::StringArray>(columns[11]);
  const auto& settled = as<::arrow::BooleanArray>(columns[12]);
  const auto& fetched_at = as<::arrow::TimestampArray>(columns[13]);
  const auto real = [&](std::size_t column, std::int64_t i) {
    return value_or_nan(*columns[column], i);
  };
  std::vector<TickerBars> result;
  for (std::int64_t i = 0; i < ticker.length(); ++i) {
    if (result.empty() || result.back().ticker != ticker.GetView(i)) {
      result.push_back({ticker.GetString(i), {}});
    }
    result.back().rows.push_back(
        {.date = date_at(date, i),
         .open = real(2, i),
         .high = real(3, i),
         .low = real(4, i),
         .close = real(5, i),
         .volume = volume.IsNull(i) ? kUnknownVolume : volume.Value(i),
         .dividend = real(7, i),
         .dividend_factor = real(8, i),
         .split_ratio = real(9, i),
         .currency = label_at(currency, i),
         .exchange = label_at(exchange, i),
         .settled = settled.Value(i),
         .fetched_at = Instant{std::chrono::microseconds(fetched_at.Value(i))}});
  }
  return result;
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
  for (auto& [name, one] : summary.exchanges) {
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

}  // namespace signals
