#include "lake/tables/row_columns.h"

#include <cmath>

#include "core/bar.h"

namespace signals {
namespace {

template <class T>
const T& as(const std::shared_ptr<::arrow::Array>& array) {
  return static_cast<const T&>(*array);
}

}  // namespace

RowWriter::RowWriter(const std::vector<ColumnSpec>& schema) : schema_(schema) {
  const auto fields = arrow_schema(schema);
  for (const auto& field : fields->fields()) {
    builders_.emplace_back();
    note(::arrow::MakeBuilder(::arrow::default_memory_pool(), field->type(), &builders_.back()));
  }
}

void RowWriter::note(const ::arrow::Status& status) {
  if (!status.ok() && status_.ok()) status_ = status;
}

::arrow::ArrayBuilder& RowWriter::next() {
  auto& builder = *builders_[column_];
  column_ = (column_ + 1) % builders_.size();
  return builder;
}

RowWriter& RowWriter::add(std::string_view text) {
  auto& builder = static_cast<::arrow::StringBuilder&>(next());
  note(text.empty() ? builder.AppendNull() : builder.Append(text));
  return *this;
}

RowWriter& RowWriter::add(std::optional<Date> date) {
  auto& builder = static_cast<::arrow::Date32Builder&>(next());
  note(date ? builder.Append(static_cast<std::int32_t>(date->time_since_epoch().count()))
            : builder.AppendNull());
  return *this;
}

RowWriter& RowWriter::add(std::optional<Instant> at) {
  auto& builder = static_cast<::arrow::TimestampBuilder&>(next());
  note(at ? builder.Append(at->time_since_epoch().count()) : builder.AppendNull());
  return *this;
}

RowWriter& RowWriter::add(std::int64_t value) {
  note(static_cast<::arrow::Int64Builder&>(next()).Append(value));
  return *this;
}

RowWriter& RowWriter::add(double value) {
  auto& builder = static_cast<::arrow::DoubleBuilder&>(next());
  note(std::isfinite(value) ? builder.Append(value) : builder.AppendNull());
  return *this;
}

Result<DataFile> RowWriter::write(const Table& table, const Partition& partition) {
  Arrays arrays(builders_.size());
  for (std::size_t i = 0; i < builders_.size(); ++i) note(builders_[i]->Finish(&arrays[i]));
  if (!status_.ok()) {
    return tl::unexpected(to_error(ErrorCode::store_write, table.name(), status_));
  }
  SIGNALS_ASSIGN(auto file, ParquetFile::create(table, partition, arrow_schema(schema_)));
  SIGNALS_TRY(file->write(arrays));
  return file->close();
}

Result<RowReader> RowReader::open(const Table& table, const DataFile& file,
                                  const std::vector<ColumnSpec>& schema) {
  RowReader reader;
  SIGNALS_ASSIGN(reader.columns_, read_columns(table, file, schema));
  reader.rows_ = reader.columns_.front()->length();
  return reader;
}

std::string RowReader::text(std::size_t column, std::int64_t row) const {
  const auto& array = as<::arrow::StringArray>(columns_[column]);
  return array.IsNull(row) ? std::string() : array.GetString(row);
}

std::optional<Date> RowReader::date(std::size_t column, std::int64_t row) const {
  const auto& array = as<::arrow::Date32Array>(columns_[column]);
  if (array.IsNull(row)) return std::nullopt;
  return Date{std::chrono::days(array.Value(row))};
}

std::optional<Instant> RowReader::instant(std::size_t column, std::int64_t row) const {
  const auto& array = as<::arrow::TimestampArray>(columns_[column]);
  if (array.IsNull(row)) return std::nullopt;
  return Instant{std::chrono::microseconds(array.Value(row))};
}

std::int64_t RowReader::whole(std::size_t column, std::int64_t row) const {
  return as<::arrow::Int64Array>(columns_[column]).Value(row);
}

double RowReader::real(std::size_t column, std::int64_t row) const {
  const auto& array = as<::arrow::DoubleArray>(columns_[column]);
  return array.IsNull(row) ? kUnknown : array.Value(row);
}

}  // namespace signals
