#include "lake/tables/dataset.h"

#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "lake/parquet.h"

namespace signals {

struct DatasetLayout {
  std::shared_ptr<::parquet::schema::GroupNode> schema;
  std::shared_ptr<::parquet::WriterProperties> properties;
  std::size_t columns = 0;
};

namespace {

using ::parquet::ByteArray;

const Schema kKeys = {{"date", "string", true, Partitioning::year},
                      {"numerai_ticker", "string", true},
                      {"composite_figi", "string"},
                      {"weekly", "boolean"},
                      {"session_date", "string"},
                      {"staleness", "int"}};

// One column of a row group: values that are known, and for each row whether its value is.
template <class Writer, class Value>
class Column {
 public:
  explicit Column(std::size_t rows) : values_(std::make_unique<Value[]>(rows)) {
    levels_.reserve(rows);
  }
  void add(Value value) {
    values_[known_++] = value;
    levels_.push_back(1);
  }
  void add_null() { levels_.push_back(0); }
  void write(::parquet::RowGroupWriter& group, bool required = false) {
    static_cast<Writer*>(group.NextColumn())
        ->WriteBatch(static_cast<std::int64_t>(levels_.size()), required ? nullptr : levels_.data(),
                     nullptr, values_.get());
  }
  void clear() {
    known_ = 0;
    levels_.clear();
  }

 private:
  std::unique_ptr<Value[]> values_;
  std::vector<std::int16_t> levels_;
  std::size_t known_ = 0;
};

using TextColumn = Column<::parquet::ByteArrayWriter, ByteArray>;

// Dates as text, each made once for a run of rows.
class DateTexts {
 public:
  ByteArray text(Date date) {
    const auto [at, fresh] = known_.try_emplace(date);
    if (fresh) at->second = to_string(date);
    return ByteArray(std::string_view(at->second));
  }

 private:
  std::map<Date, std::string> known_;
};

void write_keys(::parquet::RowGroupWriter& group, std::span<const DatasetKey> keys) {
  DateTexts texts;
  const auto write_text = [&](auto value, bool required) {
    TextColumn column(keys.size());
    for (const auto& key : keys) {
      const std::optional<ByteArray> text = value(key);
      text ? column.add(*text) : column.add_null();
    }
    column.write(group, required);
  };
  const auto name = [](std::string_view text) {
    return text.empty() ? std::optional<ByteArray>() : ByteArray(text);
  };
  write_text([&](const DatasetKey& key) { return std::optional(texts.text(key.date)); }, true);
  write_text([&](const DatasetKey& key) { return name(key.numerai_ticker); }, false);
  write_text([&](const DatasetKey& key) { return name(key.composite_figi); }, false);
  Column<::parquet::BoolWriter, bool> weekly(keys.size());
  for (const auto& key : keys) weekly.add(key.weekly);
  weekly.write(group);
  write_text(
      [&](const DatasetKey& key) {
        return key.session_date ? std::optional(texts.text(*key.session_date)) : std::nullopt;
      },
      false);
  Column<::parquet::Int32Writer, std::int32_t> staleness(keys.size());
  for (const auto& key : keys) {
    key.session_date ? staleness.add(key.staleness) : staleness.add_null();
  }
  staleness.write(group);
}

}  // namespace

std::vector<ColumnSpec> dataset_schema(std::span<const std::string> columns) {
  Schema schema = kKeys;
  for (const auto& column : columns) schema.push_back({column, "float"});
  return schema;
}

std::shared_ptr<const DatasetLayout> make_dataset_layout(const std::vector<ColumnSpec>& schema,
                                                         const std::vector<bool>& flags) {
  using ::parquet::Encoding;
  ::parquet::WriterProperties::Builder builder;
  builder.created_by(kCreatedBy);
  builder.compression(::parquet::Compression::ZSTD)->compression_level(1);
  builder.disable_dictionary();
  for (const auto& key : kKeys) {
    if (key.type == "boolean") continue;
    builder.enable_dictionary(key.name);
    builder.encoding(key.name, Encoding::PLAIN);  // should its dictionary grow too large
  }
  for (std::size_t c = 0; c < flags.size(); ++c) {
    const std::string& name = schema[kKeys.size() + c].name;
    if (flags[c]) builder.enable_dictionary(name);
    builder.encoding(name, Encoding::BYTE_STREAM_SPLIT);
  }
  builder.disable_write_page_index();
  auto layout = std::make_shared<DatasetLayout>();
  layout->properties = builder.build();
  layout->columns = flags.size();
  std::shared_ptr<::parquet::SchemaDescriptor> descriptor;
  PARQUET_THROW_NOT_OK(::parquet::arrow::ToParquetSchema(arrow_schema(schema).get(),
                                                         *layout->properties, &descriptor));
  layout->schema =
      std::static_pointer_cast<::parquet::schema::GroupNode>(descriptor->schema_root());
  return layout;
}

struct DatasetFile::Writer {
  std::shared_ptr<const DatasetLayout> layout;
  std::unique_ptr<::parquet::ParquetFileWriter> file;
  DataSink sink;  // behind `file`: it gives up an unfinished file before that is written

  ::arrow::Status open() {
    PARQUET_CATCH_NOT_OK(file = ::parquet::ParquetFileWriter::Open(sink.stream(), layout->schema,
                                                                   layout->properties));
    return ::arrow::Status::OK();
  }

  ::arrow::Status append(std::span<const DatasetKey> keys, const ColumnValues& values) {
    BEGIN_PARQUET_CATCH_EXCEPTIONS
    auto& group = *file->AppendRowGroup();
    write_keys(group, keys);
    Column<::parquet::FloatWriter, float> column(keys.size());
    for (std::size_t c = 0; c < layout->columns; ++c) {
      column.clear();
      for (const float value : values(c)) {
        std::isfinite(value) ? column.add(value) : column.add_null();
      }
      column.write(group);
    }
    group.Close();
    END_PARQUET_CATCH_EXCEPTIONS
    return ::arrow::Status::OK();
  }

  ::arrow::Status close() {
    PARQUET_CATCH_NOT_OK(file->Close());
    return ::arrow::Status::OK();
  }
};

DatasetFile::DatasetFile(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

DatasetFile::~DatasetFile() = default;

Result<std::unique_ptr<DatasetFile>> DatasetFile::open(std::unique_ptr<Writer> writer) {
  if (const auto status = writer->open(); !status.ok()) return writer->sink.failed(status);
  return std::unique_ptr<DatasetFile>(new DatasetFile(std::move(writer)));
}

Result<std::unique_ptr<DatasetFile>> DatasetFile::create(
    const Table& table, Date first, std::shared_ptr<const DatasetLayout> layout) {
  // Named by date, so that the files of a year are listed in the order of their rows.
  SIGNALS_ASSIGN(DataSink sink,
                 DataSink::create(table, {year_of(first), 0}, to_string(first) + "-"));
  return open(std::unique_ptr<Writer>(new Writer{std::move(layout), nullptr, std::move(sink)}));
}

Result<std::unique_ptr<DatasetFile>> DatasetFile::create_at(
    ObjectStore& store, const std::string& key, std::shared_ptr<const DatasetLayout> layout) {
  SIGNALS_ASSIGN(DataSink sink, DataSink::create_at(store, key));
  return open(std::unique_ptr<Writer>(new Writer{std::move(layout), nullptr, std::move(sink)}));
}

Result<void> DatasetFile::append(std::span<const DatasetKey> keys, const ColumnValues& values) {
  if (const auto status = writer_->append(keys, values); !status.ok()) {
    return writer_->sink.failed(status);
  }
  return {};
}

Result<DataFile> DatasetFile::finish() {
  if (const auto status = writer_->close(); !status.ok()) return writer_->sink.failed(status);
  return writer_->sink.close(*writer_->file->metadata());
}

}  // namespace signals
