#include "lake/tables/features.h"

#include <parquet/arrow/schema.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/properties.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "lake/parquet.h"

namespace signals {

struct FeatureLayout {
  std::shared_ptr<::parquet::schema::GroupNode> schema;
  std::shared_ptr<::parquet::WriterProperties> properties;
};

namespace {

::parquet::Compression::type compression(Codec codec) {
  switch (codec) {
    case Codec::none:
      return ::parquet::Compression::UNCOMPRESSED;
    case Codec::lz4:
      return ::parquet::Compression::LZ4;  // Arrow's name for what Parquet calls LZ4_RAW
    case Codec::snappy:
      return ::parquet::Compression::SNAPPY;
    case Codec::zstd:
      break;
  }
  return ::parquet::Compression::ZSTD;
}

std::shared_ptr<::parquet::WriterProperties> writer_properties(
    const std::vector<ColumnSpec>& schema, const std::vector<bool>& flags,
    const FileFormat& format) {
  using ::parquet::Encoding;
  ::parquet::WriterProperties::Builder builder;
  builder.created_by(kCreatedBy);
  builder.compression(compression(format.codec));
  if (format.codec == Codec::zstd) builder.compression_level(1);
  builder.disable_dictionary();
  builder.encoding(format.byte_stream_split ? Encoding::BYTE_STREAM_SPLIT : Encoding::PLAIN);
  for (const std::string key : {"ticker", "date"}) {
    builder.enable_dictionary(key);
    builder.encoding(key, Encoding::PLAIN);  // should its dictionary grow too large
  }
  for (std::size_t c = 0; c < flags.size(); ++c) {
    if (flags[c]) builder.enable_dictionary(schema[c + 2].name);
  }
  // A chunk is one page or a few: an index of pages says no more than the chunk's statistics, and
  // the writer would keep it in memory for every chunk of a file.
  builder.disable_write_page_index();
  builder.set_size_statistics_level(::parquet::SizeStatisticsLevel::None);
  builder.write_batch_size(std::int64_t{1} << 15);
  return builder.build();
}

template <class T>
using ColumnWriter = ::parquet::TypedColumnWriter<
    std::conditional_t<std::is_same_v<T, float>, ::parquet::FloatType, ::parquet::DoubleType>>;

template <class T>
bool all_finite(std::span<const T> values) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits kInfinity = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits others = 0;
  for (const T value : values) others += (std::bit_cast<Bits>(value) & kInfinity) == kInfinity;
  return others == 0;
}

// The values of one column chunk, gathered; nulls are taken out and marked in the levels.
template <class T>
class Chunk {
 public:
  explicit Chunk(std::size_t rows) : values_(rows), levels_(rows), present_(rows, 1) {}

  void gather(std::span<const FeatureSlice<T>> slices, std::size_t column) {
    T* to = values_.data();
    for (const auto& slice : slices) {
      to = std::copy_n(slice.columns[column] + slice.begin, slice.dates.size(), to);
    }
  }

  void write(::parquet::ColumnWriter& writer) {
    const auto rows = static_cast<std::int64_t>(values_.size());
    const bool complete = all_finite<T>(values_);
    if (!complete) take_out_nulls();
    static_cast<ColumnWriter<T>&>(writer).WriteBatch(rows, (complete ? present_ : levels_).data(),
                                                     nullptr, values_.data());
  }

 private:
  void take_out_nulls() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const T value = values_[i];
      const bool known = value - value == 0;
      values_[kept] = value;
      levels_[i] = known ? 1 : 0;
      kept += known ? 1 : 0;
    }
  }

  std::vector<T> values_;
  std::vector<std::int16_t> levels_, present_;  // definition levels: of this chunk, of one whole
};

template <class T>
void write_keys(::parquet::RowGroupWriter& group, std::span<const FeatureSlice<T>> slices,
                std::size_t rows) {
  std::vector<::parquet::ByteArray> tickers;
  std::vector<std::int32_t> dates;
  tickers.reserve(rows);
  dates.reserve(rows);
  for (const auto& slice : slices) {
    tickers.insert(tickers.end(), slice.dates.size(), ::parquet::ByteArray(slice.ticker));
    for (const Date date : slice.dates) {
      dates.push_back(static_cast<std::int32_t>(date.time_since_epoch().count()));
    }
  }
  const auto count = static_cast<std::int64_t>(rows);
  static_cast<::parquet::ByteArrayWriter*>(group.NextColumn())
      ->WriteBatch(count, nullptr, nullptr, tickers.data());
  static_cast<::parquet::Int32Writer*>(group.NextColumn())
      ->WriteBatch(count, nullptr, nullptr, dates.data());
}

}  // namespace

std::vector<ColumnSpec> features_schema(std::span<const std::string> columns,
                                        const std::string& type) {
  Schema schema = {{"ticker", "string", true, Partitioning::bucket},
                   {"date", "date", true, Partitioning::year}};
  for (const auto& column : columns) schema.push_back({column, type});
  return schema;
}

std::shared_ptr<const FeatureLayout> make_feature_layout(const std::vector<ColumnSpec>& schema,
                                                         const std::vector<bool>& flags,
                                                         const FileFormat& format) {
  auto layout = std::make_shared<FeatureLayout>();
  layout->properties = writer_properties(schema, flags, format);
  std::shared_ptr<::parquet::SchemaDescriptor> descriptor;
  PARQUET_THROW_NOT_OK(::parquet::arrow::ToParquetSchema(arrow_schema(schema).get(),
                                                         *layout->properties, &descriptor));
  layout->schema =
      std::static_pointer_cast<::parquet::schema::GroupNode>(descriptor->schema_root());
  return layout;
}

template <class T>
struct FeatureFile<T>::Writer {
  std::shared_ptr<const FeatureLayout> layout;
  std::unique_ptr<::parquet::ParquetFileWriter> file;
  DataSink sink;  // behind `file`: it gives up an unfinished file before that one's end is written

  ::arrow::Status open() {
    PARQUET_CATCH_NOT_OK(file = ::parquet::ParquetFileWriter::Open(sink.stream(), layout->schema,
                                                                   layout->properties));
    return ::arrow::Status::OK();
  }

  ::arrow::Status append(std::span<const FeatureSlice<T>> slices, std::size_t rows) {
    BEGIN_PARQUET_CATCH_EXCEPTIONS
    auto& group = *file->AppendRowGroup();
    write_keys(group, slices, rows);
    Chunk<T> chunk(rows);
    for (std::size_t c = 0; c < slices.front().columns.size(); ++c) {
      chunk.gather(slices, c);
      chunk.write(*group.NextColumn());
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

template <class T>
FeatureFile<T>::FeatureFile(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

template <class T>
FeatureFile<T>::~FeatureFile() = default;

template <class T>
Result<std::unique_ptr<FeatureFile<T>>> FeatureFile<T>::create(
    const Table& table, const Partition& partition, std::shared_ptr<const FeatureLayout> layout) {
  SIGNALS_ASSIGN(DataSink sink, DataSink::create(table, partition));
  auto writer = std::unique_ptr<Writer>(new Writer{std::move(layout), nullptr, std::move(sink)});
  if (const auto status = writer->open(); !status.ok()) return writer->sink.failed(status);
  return std::unique_ptr<FeatureFile>(new FeatureFile(std::move(writer)));
}

template <class T>
Result<void> FeatureFile<T>::append(std::span<const FeatureSlice<T>> slices) {
  std::size_t rows = 0;
  for (const auto& slice : slices) rows += slice.dates.size();
  if (const auto status = writer_->append(slices, rows); !status.ok()) {
    return writer_->sink.failed(status);
  }
  return {};
}

template <class T>
Result<DataFile> FeatureFile<T>::finish() {
  if (const auto status = writer_->close(); !status.ok()) return writer_->sink.failed(status);
  return writer_->sink.close(*writer_->file->metadata());
}

template class FeatureFile<float>;
template class FeatureFile<double>;

}  // namespace signals
