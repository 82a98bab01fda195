#include "lake/tables/prices.h"

#include <algorithm>
#include <array>
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

// A column of numbers. Collected without Arrow's builder, which sets a bit for each value.
template <class Builder, class T>
class NumberColumn {
 public:
  void reserve(std::size_t rows) { values_.reserve(rows); }
  void append(T value) { values_.push_back(value); }
  void append(T value, bool null) {
    if (null && valid_.empty()) valid_.assign(values_.size(), 1);
    values_.push_back(value);
    if (null || !valid_.empty()) valid_.push_back(null ? 0 : 1);
  }

  template <class... Type>
  ::arrow::Result<std::shared_ptr<Array>> finish(const Type&... type) const {
    Builder builder(type..., ::arrow::default_memory_pool());
    ARROW_RETURN_NOT_OK(builder.AppendValues(values_.data(),
                                             static_cast<std::int64_t>(values_.size()),
                                             valid_.empty() ? nullptr : valid_.data()));
    return builder.Finish();
  }

 private:
  std::vector<T> values_;
  std::vector<std::uint8_t> valid_;  // empty while all are
};

// A column of words of which there are few, or that stand in long runs: coded, as Parquet keeps it.
class CodedColumn {
 public:
  // Empty is null.
  ::arrow::Status append(std::string_view word, std::size_t times = 1) {
    if (word != last_) {
      const auto [found, is_new] =
          known_.try_emplace(std::string(word), static_cast<std::int32_t>(words_.length()));
      if (is_new && !word.empty()) ARROW_RETURN_NOT_OK(words_.Append(word));
      last_ = found->first;
      code_ = found->second;
    }
    for (std::size_t i = 0; i < times; ++i) codes_.append(code_, word.empty());
    return ::arrow::Status::OK();
  }

  ::arrow::Result<std::shared_ptr<Array>> finish() {
    ARROW_ASSIGN_OR_RAISE(auto codes, codes_.finish());
    ARROW_ASSIGN_OR_RAISE(auto words, words_.Finish());
    return ::arrow::DictionaryArray::FromArrays(coded_type(), codes, words);
  }

  static std::shared_ptr<::arrow::DataType> coded_type() {
    return ::arrow::dictionary(::arrow::int32(), ::arrow::utf8());
  }

 private:
  NumberColumn<::arrow::Int32Builder, std::int32_t> codes_;
  ::arrow::StringBuilder words_;
  std::map<std::string, std::int32_t, std::less<>> known_;
  std::string_view last_;  // of known_
  std::int32_t code_ = 0;
};

// The schema of prices_schema() with coded strings; in the file it is the same.
std::shared_ptr<::arrow::Schema> coded_schema() {
  ::arrow::FieldVector fields = arrow_schema(prices_schema())->fields();
  for (auto& field : fields) {
    if (field->type()->id() != ::arrow::Type::STRING) continue;
    field = field->WithType(CodedColumn::coded_type());
  }
  return ::arrow::schema(std::move(fields));
}

// The columns of prices_schema(), in its order.
class PriceColumns {
 public:
  explicit PriceColumns(std::size_t rows) {
    date_.reserve(rows);
    for (auto* column : reals()) column->reserve(rows);
    volume_.reserve(rows);
    settled_.reserve(rows);
    fetched_at_.reserve(rows);
  }

  ::arrow::Status append(const TickerBars& bars) {
    ARROW_RETURN_NOT_OK(ticker_.append(bars.ticker, bars.rows.size()));
    for (const auto& row : bars.rows) {
      date_.append(days(row.date));
      open_.append(row.open, std::isnan(row.open));
      high_.append(row.high);
      low_.append(row.low);
      close_.append(row.close);
      volume_.append(row.volume, row.volume == kUnknownVolume);
      dividend_.append(row.dividend);
      dividend_factor_.append(row.dividend_factor);
      split_ratio_.append(row.split_ratio);
      ARROW_RETURN_NOT_OK(currency_.append(row.currency.view()));
      ARROW_RETURN_NOT_OK(exchange_.append(row.exchange.view()));
      settled_.append(row.settled ? 1 : 0);
      fetched_at_.append(row.fetched_at.time_since_epoch().count());
    }
    return ::arrow::Status::OK();
  }

  ::arrow::Result<Arrays> finish() {
    Arrays arrays;
    const auto add = [&](const ::arrow::Result<std::shared_ptr<Array>>& made) {
      if (made.ok()) arrays.push_back(*made);
      return made.status();
    };
    ARROW_RETURN_NOT_OK(add(ticker_.finish()));
    ARROW_RETURN_NOT_OK(add(date_.finish(::arrow::date32())));
    for (const auto* column : {&open_, &high_, &low_, &close_}) {
      ARROW_RETURN_NOT_OK(add(column->finish()));
    }
    ARROW_RETURN_NOT_OK(add(volume_.finish()));
    for (const auto* column : {&dividend_, &dividend_factor_, &split_ratio_}) {
      ARROW_RETURN_NOT_OK(add(column->finish()));
    }
    ARROW_RETURN_NOT_OK(add(currency_.finish()));
    ARROW_RETURN_NOT_OK(add(exchange_.finish()));
    ARROW_RETURN_NOT_OK(add(settled_.finish(::arrow::boolean())));
    ARROW_RETURN_NOT_OK(
        add(fetched_at_.finish(::arrow::timestamp(::arrow::TimeUnit::MICRO, "UTC"))));
    return arrays;
  }

 private:
  using Reals = NumberColumn<::arrow::DoubleBuilder, double>;

  std::array<Reals*, 7> reals() {
    return {&open_, &high_, &low_, &close_, &dividend_, &dividend_factor_, &split_ratio_};
  }

  CodedColumn ticker_, currency_, exchange_;
  NumberColumn<::arrow::Date32Builder, std::int32_t> date_;
  Reals open_, high_, low_, close_, dividend_, dividend_factor_, split_ratio_;
  NumberColumn<::arrow::Int64Builder, std::int64_t> volume_;
  NumberColumn<::arrow::BooleanBuilder, std::uint8_t> settled_;
  NumberColumn<::arrow::TimestampBuilder, std::int64_t> fetched_at_;
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

// A column of coded labels; null is the empty one.
class Labels {
 public:
  explicit Labels(const Array& array) : codes_(as<::arrow::Int32Array>(as_coded(array).indices())) {
    const auto& words = as<::arrow::StringArray>(as_coded(array).dictionary());
    for (std::int64_t i = 0; i < words.length(); ++i) labels_.push_back(label_at(words, i));
  }
  [[nodiscard]] Label at(std::int64_t i) const {
    return codes_.IsNull(i) ? Label{} : labels_[static_cast<std::size_t>(codes_.Value(i))];
  }

 private:
  static const ::arrow::DictionaryArray& as_coded(const Array& array) {
    return static_cast<const ::arrow::DictionaryArray&>(array);
  }
  const ::arrow::Int32Array& codes_;
  std::vector<Label> labels_;
};

// Appends the rows of one row group; a ticker may go on from the one before.
void append_rows(const Arrays& columns, std::vector<TickerBars>& result) {
  const auto& coded = as<::arrow::DictionaryArray>(columns[0]);
  const auto& names = as<::arrow::StringArray>(coded.dictionary());
  const auto* codes = as<::arrow::Int32Array>(coded.indices()).raw_values();
  const auto& date = as<::arrow::Date32Array>(columns[1]);
  const auto& volume = as<::arrow::Int64Array>(columns[6]);
  const Labels currency(*columns[10]), exchange(*columns[11]);
  const auto& settled = as<::arrow::BooleanArray>(columns[12]);
  const auto& fetched_at = as<::arrow::TimestampArray>(columns[13]);
  const auto real = [&](std::size_t column, std::int64_t i) {
    const auto& array = as<::arrow::DoubleArray>(columns[column]);
    return array.IsNull(i) ? kUnknown : array.Value(i);
  };
  for (std::int64_t begin = 0, end = 0; begin < coded.length(); begin = end) {
    while (end < coded.length() && codes[end] == codes[begin]) ++end;
    const std::string_view name = names.GetView(codes[begin]);
    if (result.empty() || result.back().ticker != name) result.push_back({std::string(name), {}});
    auto& rows = result.back().rows;
    rows.reserve(rows.size() + static_cast<std::size_t>(end - begin));
    for (std::int64_t i = begin; i < end; ++i) {
      rows.push_back({.date = date_at(date, i),
                      .open = real(2, i),
                      .high = real(3, i),
                      .low = real(4, i),
                      .close = real(5, i),
                      .volume = volume.IsNull(i) ? kUnknownVolume : volume.Value(i),
                      .dividend = real(7, i),
                      .dividend_factor = real(8, i),
                      .split_ratio = real(9, i),
                      .currency = currency.at(i),
                      .exchange = exchange.at(i),
                      .settled = settled.Value(i),
                      .fetched_at = Instant{std::chrono::microseconds(fetched_at.Value(i))}});
    }
  }
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
                               std::span<const TickerBars> tickers) {
  const auto failed = [&](const ::arrow::Status& status) {
    return tl::unexpected(to_error(ErrorCode::store_write, table.name(), status));
  };
  std::size_t rows = 0;
  for (const auto& bars : tickers) rows += bars.rows.size();
  PriceColumns columns(rows);
  for (const auto& bars : tickers) {
    if (const auto status = columns.append(bars); !status.ok()) return failed(status);
  }
  const auto arrays = columns.finish();
  if (!arrays.ok()) return failed(arrays.status());
  static const auto schema = coded_schema();
  SIGNALS_ASSIGN(auto file, ParquetFile::create(table, partition, schema));
  SIGNALS_TRY(file->write(*arrays));
  return closing(std::move(file));
}

Result<DataFile> write_prices(const Table& table, const Partition& partition,
                              std::span<const TickerBars> tickers) {
  SIGNALS_ASSIGN(const MakeFile close, encode_prices(table, partition, tickers));
  return close();
}

Result<std::vector<TickerBars>> read_prices(const Table& table, const DataFile& file) {
  SIGNALS_ASSIGN(const auto groups,
                 RowGroups::open(table, file, column_names(), {"ticker", "currency", "exchange"}));
  std::vector<TickerBars> result;
  while (true) {
    SIGNALS_ASSIGN(const auto columns, groups->next());
    if (columns.empty()) return result;
    append_rows(columns, result);
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
