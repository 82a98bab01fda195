#include "lake/parquet.h"

#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>

#include "lake/foreign_parquet.h"
#include "lake/parquet_stats.h"
#include "lake/schema.h"
#include "lake/status_error.h"

namespace signals {
namespace {

// Small enough that a reader can have one of each year of a bucket in memory.
constexpr std::int64_t kRowGroupRows = 32 * 1024;

std::shared_ptr<::arrow::DataType> arrow_type(const std::string& type) {
  if (type == "string") return ::arrow::utf8();
  if (type == "date") return ::arrow::date32();
  if (type == "double") return ::arrow::float64();
  if (type == "float") return ::arrow::float32();
  if (type == "long") return ::arrow::int64();
  if (type == "int") return ::arrow::int16();  // the only one so far: 16 bits in Parquet's schema
  if (type == "boolean") return ::arrow::boolean();
  return ::arrow::timestamp(::arrow::TimeUnit::MICRO, "UTC");
}

// Floats are split into byte planes, whole numbers and dates are kept as differences; only text has
// a dictionary. What is tiny is not packed: to begin costs the packer more than it saves.
std::shared_ptr<::parquet::WriterProperties> writer_properties(const ::arrow::Schema& schema) {
  using ::arrow::Type;
  ::parquet::WriterProperties::Builder builder;
  builder.created_by(kCreatedBy)->memory_pool(::arrow::system_memory_pool());
  // A chunk has a page or two: an index of them, and their sizes, tell nobody anything.
  builder.disable_write_page_index();
  builder.set_size_statistics_level(::parquet::SizeStatisticsLevel::None);
  builder.write_batch_size(kRowGroupRows);
  for (const auto& field : schema.fields()) {
    const auto& name = field->name();
    const auto type = field->type()->id();
    if (type == Type::DICTIONARY || type == Type::BOOL) continue;
    builder.compression(name, ::parquet::Compression::ZSTD)->compression_level(name, 1);
    if (type == Type::STRING) continue;
    builder.disable_dictionary(name);
    builder.encoding(name, ::arrow::is_floating(type) ? ::parquet::Encoding::BYTE_STREAM_SPLIT
                                                      : ::parquet::Encoding::DELTA_BINARY_PACKED);
  }
  return builder.build();
}

}  // namespace

Error to_error(ErrorCode code, const std::string& where, const ::arrow::Status& status) {
  if (const auto error = error_in(status)) return *error;
  return Error{code, fmt::format("{} {}: {}",
                                 code == ErrorCode::store_write ? "cannot write" : "cannot read",
                                 where, status.message())};
}

std::shared_ptr<::arrow::Schema> arrow_schema(const Schema& columns) {
  ::arrow::FieldVector fields;
  for (const auto& column : with_ids(columns)) {
    fields.push_back(::arrow::field(
        column.name, arrow_type(column.type), !is_required(column),
        ::arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(column.id)})));
  }
  return ::arrow::schema(std::move(fields));
}

Result<DataSink> DataSink::create(const Table& table, const Partition& partition,
                                  const std::string& prefix) {
  std::string path = table.new_path(partition);
  path.insert(path.rfind('/') + 1, prefix);
  SIGNALS_ASSIGN(DataSink sink, create_at(table.store(), table.name() + "/" + path));
  sink.file_.partition = partition;
  sink.file_.path = std::move(path);
  return sink;
}

Result<DataSink> DataSink::create_at(ObjectStore& store, const std::string& key) {
  DataSink sink;
  sink.where_ = store.uri(key);
  SIGNALS_ASSIGN(sink.stream_, store.create(key));
  return sink;
}

DataSink::~DataSink() {
  if (stream_ && !stream_->closed()) (void)stream_->Abort();
}

tl::unexpected<Error> DataSink::failed(const ::arrow::Status& status) const {
  return tl::unexpected(to_error(ErrorCode::store_write, where_, status));
}

Result<DataFile> DataSink::close(const ::parquet::FileMetaData& written) {
  describe(written, file_);
  auto size = stream_->Tell();
  if (size.ok()) file_.bytes = *size;
  if (const auto status = stream_->Close(); !status.ok()) return failed(status);
  return file_;
}

ParquetFile::ParquetFile(DataSink sink, std::shared_ptr<::arrow::Schema> schema)
    : schema_(std::move(schema)), sink_(std::move(sink)) {}

ParquetFile::~ParquetFile() = default;

Result<std::unique_ptr<ParquetFile>> ParquetFile::create(const Table& table,
                                                         const Partition& partition,
                                                         std::shared_ptr<::arrow::Schema> schema) {
  SIGNALS_ASSIGN(DataSink sink, DataSink::create(table, partition));
  return create(std::move(sink), std::move(schema));
}

Result<std::unique_ptr<ParquetFile>> ParquetFile::create(DataSink sink,
                                                         std::shared_ptr<::arrow::Schema> schema) {
  auto file = std::unique_ptr<ParquetFile>(new ParquetFile(std::move(sink), std::move(schema)));
  // Arrow's own pool would keep the most that it ever had.
  auto writer =
      ::parquet::arrow::FileWriter::Open(*file->schema_, ::arrow::system_memory_pool(),
                                         file->sink_.stream(), writer_properties(*file->schema_));
  if (!writer.ok()) return file->sink_.failed(writer.status());
  file->writer_ = std::move(*writer);
  return file;
}

Result<void> ParquetFile::write(const Arrays& columns) {
  const auto table = ::arrow::Table::Make(schema_, columns);
  const auto status = writer_->WriteTable(*table, kRowGroupRows);
  if (!status.ok()) return sink_.failed(status);
  return {};
}

Result<DataFile> ParquetFile::close() {
  if (const auto status = writer_->Close(); !status.ok()) return sink_.failed(status);
  return sink_.close(*writer_->metadata());
}

MakeFile closing(std::unique_ptr<ParquetFile> file) {
  return [file = std::shared_ptr<ParquetFile>(std::move(file))] { return file->close(); };
}

RowGroups::~RowGroups() = default;

Result<std::unique_ptr<RowGroups>> RowGroups::open(const Table& table, const DataFile& file,
                                                   const std::vector<std::string>& columns,
                                                   const std::vector<std::string>& coded) {
  Schema named;
  for (const auto& name : columns) named.push_back({.name = name, .type = ""});
  return open(table, file, named, coded);
}

Result<std::unique_ptr<RowGroups>> RowGroups::open(const Table& table, const DataFile& file,
                                                   std::span<const ColumnSpec> columns,
                                                   const std::vector<std::string>& coded) {
  auto groups = std::unique_ptr<RowGroups>(new RowGroups);
  const std::string key = table.key(file);
  groups->where_ = table.store().uri(key);
  SIGNALS_ASSIGN(const auto input, table.store().open(key));
  const auto failed = [&](const ::arrow::Status& status) {
    return tl::unexpected(to_error(ErrorCode::store_read, groups->where_, status));
  };
  // On the calling thread, without reading ahead on Arrow's own: our threads are split by bucket.
  ::parquet::arrow::FileReaderBuilder builder;
  ::parquet::ArrowReaderProperties properties;
  properties.set_use_threads(false);
  properties.set_pre_buffer(false);
  if (const auto status = builder.Open(input); !status.ok()) return failed(status);
  const auto file_schema = builder.raw_reader()->metadata()->schema();
  for (const auto& name : coded) {
    const int index = file_schema->ColumnIndex(name);
    if (index >= 0) properties.set_read_dictionary(index, true);
  }
  auto reader = builder.properties(properties)->Build();
  if (!reader.ok()) return failed(reader.status());
  groups->reader_ = std::move(*reader);
  std::shared_ptr<::arrow::Schema> schema;
  if (const auto status = groups->reader_->GetSchema(&schema); !status.ok()) return failed(status);
  for (const auto& column : columns) {
    const int index = schema->GetFieldIndex(column.name);
    if (index >= 0) {
      groups->indices_.push_back(index);
      groups->columns_.push_back({column.name, nullptr});
      continue;
    }
    if (column.type.empty() || is_required(column)) {
      return failed(::arrow::Status::Invalid("no column ", column.name));
    }
    const bool is_coded = std::ranges::find(coded, column.name) != coded.end();
    groups->columns_.push_back(
        {column.name, is_coded ? ::arrow::dictionary(::arrow::int32(), ::arrow::utf8())
                               : arrow_type(column.type)});
  }
  for (int i = groups->reader_->num_row_groups(); i > 0; --i) groups->left_.push_back(i - 1);
  return groups;
}

void RowGroups::keep_only(const std::string& text_column, const Wanted& wanted) {
  keep_groups(*reader_, text_column, wanted, left_);
}

Result<Arrays> RowGroups::next() {
  if (left_.empty()) return Arrays{};
  const int group = left_.back();
  left_.pop_back();
  return contiguous(reader_->ReadRowGroup(group, indices_));
}

Result<Arrays> RowGroups::all() { return contiguous(reader_->ReadTable(indices_)); }

Result<Arrays> RowGroups::contiguous(
    const ::arrow::Result<std::shared_ptr<::arrow::Table>>& read) const {
  const auto failed = [&](const ::arrow::Status& status) {
    return tl::unexpected(to_error(ErrorCode::store_read, where_, status));
  };
  if (!read.ok()) return failed(read.status());
  auto whole = (*read)->CombineChunks();
  if (!whole.ok()) return failed(whole.status());
  Arrays arrays;
  for (const auto& column : columns_) {
    const auto chunked = column.if_lacking ? nullptr : (*whole)->GetColumnByName(column.name);
    if (chunked && chunked->num_chunks() == 1) {
      arrays.push_back(chunked->chunk(0));
      continue;
    }
    auto made = chunked ? ::arrow::MakeEmptyArray(chunked->type())
                        : ::arrow::MakeArrayOfNull(column.if_lacking, (*whole)->num_rows());
    if (!made.ok()) return failed(made.status());
    arrays.push_back(*made);
  }
  return arrays;
}

Result<std::vector<std::string>> column_names(const Table& table, const DataFile& file) {
  const std::string key = table.key(file);
  SIGNALS_ASSIGN(const auto input, table.store().open(key));
  ::parquet::arrow::FileReaderBuilder builder;
  if (const auto status = builder.Open(input); !status.ok()) {
    return tl::unexpected(to_error(ErrorCode::store_read, table.store().uri(key), status));
  }
  const auto* schema = builder.raw_reader()->metadata()->schema();
  std::vector<std::string> names;
  for (int i = 0; i < schema->num_columns(); ++i) names.push_back(schema->Column(i)->name());
  return names;
}

Result<Arrays> read_columns(const Table& table, const DataFile& file,
                            const std::vector<std::string>& columns) {
  SIGNALS_ASSIGN(const auto groups, RowGroups::open(table, file, columns));
  return groups->all();
}

Result<Arrays> read_columns(const Table& table, const DataFile& file,
                            std::span<const ColumnSpec> columns) {
  SIGNALS_ASSIGN(const auto groups, RowGroups::open(table, file, columns));
  return groups->all();
}

}  // namespace signals
