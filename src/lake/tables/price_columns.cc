#include "lake/tables/price_columns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "lake/tables/prices.h"

namespace signals {
namespace {

using ::arrow::Array;

template <class T>
const T& as(const std::shared_ptr<Array>& array) {
  return static_cast<const T&>(*array);
}

// A column of numbers. Collected without Arrow's builder, which sets a bit for each value; the
// array takes the memory over.
template <class T>
class NumberColumn {
 public:
  void reserve(std::size_t rows) { values_.reserve(rows); }
  void append(T value) { values_.push_back(value); }
  void append(T value, bool null) {
    if (null || !valid_.empty()) mark(null, 1);
    values_.push_back(value);
  }
  void append(T value, bool null, std::size_t times) {
    if (null || !valid_.empty()) mark(null, times);
    values_.insert(values_.end(), times, value);
  }

  ::arrow::Result<std::shared_ptr<Array>> finish(std::shared_ptr<::arrow::DataType> type) {
    const auto rows = static_cast<std::int64_t>(values_.size());
    std::shared_ptr<::arrow::Buffer> valid;
    std::int64_t nulls = 0;
    if (!valid_.empty()) {
      ::arrow::TypedBufferBuilder<bool> bits(::arrow::system_memory_pool());
      ARROW_RETURN_NOT_OK(bits.Append(valid_.data(), rows));
      nulls = bits.false_count();
      ARROW_ASSIGN_OR_RAISE(valid, bits.Finish());
    }
    auto values = ::arrow::Buffer::FromVector(std::exchange(values_, {}));
    return ::arrow::MakeArray(::arrow::ArrayData::Make(
        std::move(type), rows, {std::move(valid), std::move(values)}, nulls));
  }

 private:
  // Of the rows that are appended next.
  void mark(bool null, std::size_t times) {
    valid_.resize(values_.size(), 1);
    valid_.resize(values_.size() + times, null ? 0 : 1);
  }

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
    codes_.append(code_, word.empty(), times);
    return ::arrow::Status::OK();
  }

  ::arrow::Result<std::shared_ptr<Array>> finish() {
    ARROW_ASSIGN_OR_RAISE(auto codes, codes_.finish(::arrow::int32()));
    ARROW_ASSIGN_OR_RAISE(auto words, words_.Finish());
    return ::arrow::DictionaryArray::FromArrays(coded_type(), codes, words);
  }

  static std::shared_ptr<::arrow::DataType> coded_type() {
    return ::arrow::dictionary(::arrow::int32(), ::arrow::utf8());
  }

 private:
  NumberColumn<std::int32_t> codes_;
  ::arrow::StringBuilder words_;
  std::map<std::string, std::int32_t, std::less<>> known_;
  std::string_view last_;  // of known_
  std::int32_t code_ = 0;
};

// The columns of prices_schema(), in its order.
class PriceColumns {
 public:
  ::arrow::Status reserve(std::size_t rows) {
    date_.reserve(rows);
    for (auto* column : reals()) column->reserve(rows);
    volume_.reserve(rows);
    fetched_at_.reserve(rows);
    return settled_.Reserve(static_cast<std::int64_t>(rows));
  }

  ::arrow::Status append(const TickerBars& bars) {
    ARROW_RETURN_NOT_OK(ticker_.append(bars.ticker, bars.rows.size()));
    ARROW_RETURN_NOT_OK(append_labels(bars.rows, &PriceRow::currency, currency_));
    ARROW_RETURN_NOT_OK(append_labels(bars.rows, &PriceRow::exchange, exchange_));
    for (const auto& row : bars.rows) {
      date_.append(static_cast<std::int32_t>(row.date.time_since_epoch().count()));
      open_.append(row.open, std::isnan(row.open));
      high_.append(row.high);
      low_.append(row.low);
      close_.append(row.close);
      volume_.append(row.volume, row.volume == kUnknownVolume);
      dividend_.append(row.dividend);
      dividend_factor_.append(row.dividend_factor);
      split_ratio_.append(row.split_ratio);
      settled_.UnsafeAppend(row.settled);
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
    for (auto* column : {&open_, &high_, &low_, &close_}) {
      ARROW_RETURN_NOT_OK(add(column->finish(::arrow::float64())));
    }
    ARROW_RETURN_NOT_OK(add(volume_.finish(::arrow::int64())));
    for (auto* column : {&dividend_, &dividend_factor_, &split_ratio_}) {
      ARROW_RETURN_NOT_OK(add(column->finish(::arrow::float64())));
    }
    ARROW_RETURN_NOT_OK(add(currency_.finish()));
    ARROW_RETURN_NOT_OK(add(exchange_.finish()));
    ARROW_RETURN_NOT_OK(add(settled_.Finish()));
    ARROW_RETURN_NOT_OK(
        add(fetched_at_.finish(::arrow::timestamp(::arrow::TimeUnit::MICRO, "UTC"))));
    return arrays;
  }

 private:
  using Reals = NumberColumn<double>;

  // They change rarely.
  static ::arrow::Status append_labels(const std::vector<PriceRow>& rows, Label PriceRow::*label,
                                       CodedColumn& column) {
    for (auto begin = rows.begin(); begin != rows.end();) {
      const auto end = std::find_if(begin, rows.end(), [&](const PriceRow& row) {
        return !same_bytes(row.*label, (*begin).*label);
      });
      ARROW_RETURN_NOT_OK(
          column.append(((*begin).*label).view(), static_cast<std::size_t>(end - begin)));
      begin = end;
    }
    return ::arrow::Status::OK();
  }

  static bool same_bytes(const Label& a, const Label& b) {
    static_assert(std::has_unique_object_representations_v<Label>);
    return std::memcmp(&a, &b, sizeof a) == 0;
  }

  std::array<Reals*, 7> reals() {
    return {&open_, &high_, &low_, &close_, &dividend_, &dividend_factor_, &split_ratio_};
  }

  CodedColumn ticker_, currency_, exchange_;
  NumberColumn<std::int32_t> date_;
  Reals open_, high_, low_, close_, dividend_, dividend_factor_, split_ratio_;
  NumberColumn<std::int64_t> volume_;
  ::arrow::BooleanBuilder settled_{::arrow::system_memory_pool()};
  NumberColumn<std::int64_t> fetched_at_;
};

// A column of coded labels; null is the empty one.
class Labels {
 public:
  explicit Labels(const Array& array) : codes_(as<::arrow::Int32Array>(as_coded(array).indices())) {
    const auto& words = as<::arrow::StringArray>(as_coded(array).dictionary());
    for (std::int64_t i = 0; i < words.length(); ++i) labels_.emplace_back(words.GetView(i));
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

}  // namespace

std::shared_ptr<::arrow::Schema> price_columns_schema() {
  static const auto schema = [] {
    ::arrow::FieldVector fields = arrow_schema(prices_schema())->fields();
    for (auto& field : fields) {
      if (field->type()->id() != ::arrow::Type::STRING) continue;
      field = field->WithType(CodedColumn::coded_type());
    }
    return ::arrow::schema(std::move(fields));
  }();
  return schema;
}

::arrow::Result<Arrays> to_price_columns(std::span<const TickerBars> tickers) {
  std::size_t rows = 0;
  for (const auto& bars : tickers) rows += bars.rows.size();
  PriceColumns columns;
  ARROW_RETURN_NOT_OK(columns.reserve(rows));
  for (const auto& bars : tickers) ARROW_RETURN_NOT_OK(columns.append(bars));
  return columns.finish();
}

void append_price_rows(const Arrays& columns, std::vector<TickerBars>& result) {
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
      rows.push_back({.date = Date{std::chrono::days(date.Value(i))},
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

}  // namespace signals
