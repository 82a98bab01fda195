#include "lake/parquet_stats.h"

#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>
#include <parquet/types.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "lake/parquet.h"
#include "lake/schema.h"

namespace signals {
namespace {

constexpr int kManyColumns = 32;

using Parts = std::vector<std::shared_ptr<::parquet::Statistics>>;

template <class Type>
std::string bytes_of(const typename Type::c_type& value) {
  if constexpr (std::is_same_v<Type, ::parquet::ByteArrayType>) {
    return std::string(std::string_view(value));
  } else if constexpr (std::is_same_v<Type, ::parquet::BooleanType>) {
    return {static_cast<char>(value ? 1 : 0)};
  } else {
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }
}

// Texts are compared by their bytes.
template <class Type>
bool less(const typename Type::c_type& a, const typename Type::c_type& b) {
  if constexpr (std::is_same_v<Type, ::parquet::ByteArrayType>) {
    return std::string_view(a) < std::string_view(b);
  } else {
    return a < b;
  }
}

// The least and greatest value of a column's chunks, in the machine's byte order, which is
// Iceberg's too.
template <class Type>
void set_bounds(const Parts& parts, ColumnStats& stats) {
  using Typed = ::parquet::TypedStatistics<Type>;
  const auto at = [](const auto& part) { return static_cast<const Typed*>(part.get()); };
  const Typed *lower = nullptr, *upper = nullptr;
  for (const auto& part : parts) {
    if (part->num_values() == 0) continue;  // nothing but nulls
    if (!part->HasMinMax()) return;         // a value too long to be noted
    if (lower == nullptr || less<Type>(at(part)->min(), lower->min())) lower = at(part);
    if (upper == nullptr || less<Type>(upper->max(), at(part)->max())) upper = at(part);
  }
  if (lower == nullptr) return;
  if constexpr (std::is_same_v<Type, ::parquet::ByteArrayType>) {
    stats.lower = lower_bound_of(std::string_view(lower->min()));
    stats.upper = upper_bound_of(std::string_view(upper->max()));
  } else {
    stats.lower = bytes_of<Type>(lower->min());
    stats.upper = bytes_of<Type>(upper->max());
  }
}

void set_bounds(::parquet::Type::type type, const Parts& parts, ColumnStats& stats) {
  switch (type) {
    case ::parquet::Type::BOOLEAN:
      return set_bounds<::parquet::BooleanType>(parts, stats);
    case ::parquet::Type::INT32:
      return set_bounds<::parquet::Int32Type>(parts, stats);
    case ::parquet::Type::INT64:
      return set_bounds<::parquet::Int64Type>(parts, stats);
    case ::parquet::Type::FLOAT:
      return set_bounds<::parquet::FloatType>(parts, stats);
    case ::parquet::Type::DOUBLE:
      return set_bounds<::parquet::DoubleType>(parts, stats);
    case ::parquet::Type::BYTE_ARRAY:
      return set_bounds<::parquet::ByteArrayType>(parts, stats);
    default:
      return;
  }
}

bool is_floating(::parquet::Type::type type) {
  return type == ::parquet::Type::FLOAT || type == ::parquet::Type::DOUBLE;
}

}  // namespace

void describe(const ::parquet::FileMetaData& written, DataFile& file) {
  file.rows = written.num_rows();
  for (int c = 0; c < written.num_columns(); ++c) {
    const auto* column = written.schema()->Column(c);
    const auto type = column->physical_type();
    if (written.num_columns() > kManyColumns && is_floating(type)) continue;
    Parts parts;
    ColumnStats stats;
    for (int g = 0; g < written.num_row_groups(); ++g) {
      auto part = written.RowGroup(g)->ColumnChunk(c)->statistics();
      if (!part || !part->HasNullCount()) break;
      stats.values += part->num_values() + part->null_count();
      stats.nulls += part->null_count();
      parts.push_back(std::move(part));
    }
    if (static_cast<int>(parts.size()) != written.num_row_groups()) continue;
    set_bounds(type, parts, stats);
    const int id = column->schema_node()->field_id();
    file.stats[id] = std::move(stats);
    if (column->name() == kDateColumn) set_dates(file, id);
  }
}

Result<void> each_chunk_nulls(const Table& table, const DataFile& file, const TakeNulls& take) {
  const std::string key = table.key(file);
  SIGNALS_ASSIGN(const auto input, table.store().open(key));
  ::parquet::arrow::FileReaderBuilder builder;
  if (const auto status = builder.Open(input); !status.ok()) {
    return tl::unexpected(to_error(ErrorCode::store_read, table.store().uri(key), status));
  }
  const auto metadata = builder.raw_reader()->metadata();
  for (int g = 0; g < metadata->num_row_groups(); ++g) {
    const auto group = metadata->RowGroup(g);
    for (int c = 0; c < metadata->num_columns(); ++c) {
      const auto chunk = group->ColumnChunk(c);
      const auto statistics = chunk->is_stats_set() ? chunk->statistics() : nullptr;
      const bool told = statistics && statistics->HasNullCount();
      take(metadata->schema()->Column(c)->name(), chunk->num_values(),
           told ? statistics->null_count() : -1);
    }
  }
  return {};
}

}  // namespace signals
