#include "lake/parquet.h"

#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>

namespace signals {
namespace {

std::shared_ptr<::arrow::DataType> arrow_type(const std::string& type) {
  if (type == "string") return ::arrow::utf8();
  if (type == "date") return ::arrow::date32();
  if (type == "double") return ::arrow::float64();
  if (type == "float") return ::arrow::float32();
  if (type == "long") return ::arrow::int64();
  if (type == "boolean") return ::arrow::boolean();
  return ::arrow::timestamp(::arrow::TimeUnit::MICRO, "UTC");
}

// Floats are split into byte planes and never get a dictionary; everything else keeps one.
std::shared_ptr<::parquet::WriterProperties> writer_properties(const ::arrow::Schema& schema) {
  ::parquet::WriterProperties::Builder builder;
  builder.compression(::parquet::Compression::ZSTD)->compression_level(1);
  builder.created_by("signals " SIGNALS_VERSION);
  for (const auto& field : schema.fields()) {
    if (!::arrow::is_floating(field->type()->id())) continue;
    builder.disable_dictionary(field->name());
    builder.encoding(field->name(), ::parquet::Encoding::BYTE_STREAM_SPLIT);
  }
  return builder.build();
}

}  // namespace

Error to_error(ErrorCode code, const std::string& where, const ::arrow::Status& status) {
  return Error{code, fmt::format("{} {}: {}",
                                 code == ErrorCode::store_write ? "cannot write" : "cannot read",
                                 where, status.message())};
}

std::shared_ptr<::arrow::Schema> arrow_schema(const std::vector<ColumnSpec>& columns) {
  ::arrow::FieldVector fields;
  int id = 0;
  for (const auto& column : columns) {
    const bool key = column.name == "ticker" || column.name == "date";
    fields.push_back(
        ::arrow::field(column.name, arrow_type(column.type), !key,
                       ::arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(++id)})));
  }
  return ::arrow::schema(std::move(fields));
}

Result<std::unique_ptr<ParquetFile>> ParquetFile::create(const Table& table,
                                                         const Partition& partition,
                                                         std::shared_ptr<::arrow::Schema> schema) {
  auto file = std::unique_ptr<ParquetFile>(new ParquetFile);
  file->file_.partition = partition;
  file->file_.path = table.new_path(partition);
  const std::string key = table.key(file->file_);
  file->where_ = table.store().uri(key);
  file->schema_ = std::move(schema);
  SIGNALS_ASSIGN(file->stream_, table.store().create(key));
  auto writer =
      ::parquet::arrow::FileWriter::Open(*file->schema_, ::arrow::default_memory_pool(),
                                         file->stream_, writer_properties(*file->schema_));
  if (!writer.ok()) {
    return tl::unexpected(to_error(ErrorCode::store_write, file->where_, writer.status()));
  }
  file->writer_ = std::move(*writer);
  return file;
}

ParquetFile::~ParquetFile() {
  // An unfinished file must not be finished by the writer's destructor.
  if (stream_ && !stream_->closed()) (void)stream_->Abort();
}

Result<void> ParquetFile::write(const std::vector<std::shared_ptr<::arrow::Array>>& columns) {
  const auto table = ::arrow::Table::Make(schema_, columns);
  const auto status = writer_->WriteTable(*table, std::max<std::int64_t>(1, table->num_rows()));
  if (!status.ok()) return tl::unexpected(to_error(ErrorCode::store_write, where_, status));
  file_.rows += table->num_rows();
  return {};
}

Result<DataFile> ParquetFile::close() {
  auto status = writer_->Close();
  if (status.ok()) {
    auto size = stream_->Tell();
    if (size.ok()) file_.bytes = *size;
    status = stream_->Close();
  }
  if (!status.ok()) return tl::unexpected(to_error(ErrorCode::store_write, where_, status));
  return file_;
}

Result<std::vector<std::shared_ptr<::arrow::Array>>> read_columns(
    const Table& table, const DataFile& file, const std::vector<std::string>& columns) {
  const std::string key = table.key(file);
  const std::string where = table.store().uri(key);
  SIGNALS_ASSIGN(const auto input, table.store().open(key));
  const auto failed = [&](const ::arrow::Status& status) {
    return tl::unexpected(to_error(ErrorCode::store_read, where, status));
  };
  // On the calling thread, without reading ahead on Arrow's own: our threads are split by bucket.
  ::parquet::arrow::FileReaderBuilder builder;
  ::parquet::ArrowReaderProperties properties;
  properties.set_use_threads(false);
  properties.set_pre_buffer(false);
  if (const auto status = builder.Open(input); !status.ok()) return failed(status);
  auto reader = builder.properties(properties)->Build();
  if (!reader.ok()) return failed(reader.status());
  std::shared_ptr<::arrow::Schema> schema;
  if (const auto status = (*reader)->GetSchema(&schema); !status.ok()) return failed(status);
  std::vector<int> indices;
  for (const auto& name : columns) {
    const int index = schema->GetFieldIndex(name);
    if (index < 0) return failed(::arrow::Status::Invalid("no column ", name));
    indices.push_back(index);
  }
  auto read = (*reader)->ReadTable(indices);
  if (!read.ok()) return failed(read.status());
  auto whole = (*read)->CombineChunks();
  if (!whole.ok()) return failed(whole.status());
  std::vector<std::shared_ptr<::arrow::Array>> arrays;
  for (const auto& name : columns) {
    const auto chunked = (*whole)->GetColumnByName(name);
    if (chunked->num_chunks() == 1) {
      arrays.push_back(chunked->chunk(0));
    } else {
      auto empty = ::arrow::MakeEmptyArray(chunked->type());
      if (!empty.ok()) return failed(empty.status());
      arrays.push_back(*empty);
    }
  }
  return arrays;
}

}  // namespace signals
