#include "lake/tables/features.h"

#include <cmath>

#include "lake/parquet.h"

namespace signals {
namespace {

// Rows in a row group: small enough that a file per year can be open at once.
constexpr std::int64_t kRowGroupRows = 32 * 1024;

template <class Builder>
class Writer final : public FeatureWriter {
 public:
  Writer(std::unique_ptr<ParquetFile> file, std::string where, std::size_t features)
      : file_(std::move(file)), where_(std::move(where)), features_(features) {}

  Result<void> append(const std::string& ticker, std::span<const Date> dates,
                      std::span<const double* const> columns) override {
    if (const auto status = add(ticker, dates, columns); !status.ok()) return failed(status);
    if (first_ticker_.empty()) {
      first_ticker_ = ticker;
      first_date_ = dates.front();
      last_date_ = dates.back();
    }
    last_ticker_ = ticker;
    first_date_ = std::min(first_date_, dates.front());
    last_date_ = std::max(last_date_, dates.back());
    return ticker_.length() >= kRowGroupRows ? flush() : Result<void>{};
  }

  Result<DataFile> finish() override {
    if (ticker_.length() > 0) SIGNALS_TRY(flush());
    SIGNALS_ASSIGN(DataFile file, file_->close());
    file.first_ticker = first_ticker_;
    file.last_ticker = last_ticker_;
    file.first_date = first_date_;
    file.last_date = last_date_;
    return file;
  }

 private:
  using Value = typename Builder::value_type;

  [[nodiscard]] tl::unexpected<Error> failed(const ::arrow::Status& status) const {
    return tl::unexpected(to_error(ErrorCode::store_write, where_, status));
  }

  ::arrow::Status add(const std::string& ticker, std::span<const Date> dates,
                      std::span<const double* const> columns) {
    for (const Date date : dates) {
      ARROW_RETURN_NOT_OK(ticker_.Append(ticker));
      ARROW_RETURN_NOT_OK(date_.Append(static_cast<std::int32_t>(date.time_since_epoch().count())));
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      Builder& builder = features_[c];
      ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(dates.size())));
      for (std::size_t i = 0; i < dates.size(); ++i) {
        const auto value = static_cast<Value>(columns[c][i]);
        if (std::isfinite(value)) {
          builder.UnsafeAppend(value);
        } else {
          builder.UnsafeAppendNull();
        }
      }
    }
    return ::arrow::Status::OK();
  }

  Result<void> flush() {
    std::vector<std::shared_ptr<::arrow::Array>> arrays(2 + features_.size());
    if (const auto status = ticker_.Finish(&arrays[0]); !status.ok()) return failed(status);
    if (const auto status = date_.Finish(&arrays[1]); !status.ok()) return failed(status);
    for (std::size_t c = 0; c < features_.size(); ++c) {
      if (const auto status = features_[c].Finish(&arrays[c + 2]); !status.ok()) {
        return failed(status);
      }
    }
    return file_->write(arrays);
  }

  std::unique_ptr<ParquetFile> file_;
  std::string where_;
  ::arrow::StringBuilder ticker_;
  ::arrow::Date32Builder date_;
  std::vector<Builder> features_;
  std::string first_ticker_, last_ticker_;
  Date first_date_{}, last_date_{};
};

}  // namespace

std::vector<ColumnSpec> features_schema(std::span<const std::string> columns,
                                        const std::string& type) {
  std::vector<ColumnSpec> schema = {{"ticker", "string"}, {"date", "date"}};
  for (const auto& column : columns) schema.push_back({column, type});
  return schema;
}

Result<std::unique_ptr<FeatureWriter>> FeatureWriter::create(
    const Table& table, const Partition& partition, const std::vector<ColumnSpec>& schema) {
  SIGNALS_ASSIGN(auto file, ParquetFile::create(table, partition, arrow_schema(schema)));
  const std::string where = table.store().uri(table.name());
  const std::size_t features = schema.size() - 2;
  if (schema.back().type == "double") {
    return std::make_unique<Writer<::arrow::DoubleBuilder>>(std::move(file), where, features);
  }
  return std::make_unique<Writer<::arrow::FloatBuilder>>(std::move(file), where, features);
}

}  // namespace signals
