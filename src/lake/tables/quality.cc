#include "lake/tables/quality.h"

#include <algorithm>
#include <cmath>

#include "core/bar.h"
#include "lake/parquet.h"

namespace signals {
namespace {

struct QualityBuilders {
  ::arrow::StringBuilder ticker;
  ::arrow::Date32Builder date;
  ::arrow::StringBuilder flag;
  ::arrow::DoubleBuilder value;

  ::arrow::Status append(const QualityRow& row) {
    ARROW_RETURN_NOT_OK(ticker.Append(row.ticker));
    ARROW_RETURN_NOT_OK(
        date.Append(static_cast<std::int32_t>(row.date.time_since_epoch().count())));
    ARROW_RETURN_NOT_OK(flag.Append(row.flag));
    return std::isfinite(row.value) ? value.Append(row.value) : value.AppendNull();
  }

  ::arrow::Result<Arrays> finish() {
    Arrays arrays(4);
    ARROW_RETURN_NOT_OK(ticker.Finish(&arrays[0]));
    ARROW_RETURN_NOT_OK(date.Finish(&arrays[1]));
    ARROW_RETURN_NOT_OK(flag.Finish(&arrays[2]));
    ARROW_RETURN_NOT_OK(value.Finish(&arrays[3]));
    return arrays;
  }
};

}  // namespace

const std::vector<ColumnSpec>& quality_schema() {
  static const std::vector<ColumnSpec> schema = {{"ticker", "string", true, Partitioning::bucket},
                                                 {"date", "date", true, Partitioning::year},
                                                 {"flag", "string", true},
                                                 {"value", "double"}};
  return schema;
}

Result<DataFile> write_quality(const Table& table, const Partition& partition,
                               std::span<const QualityRow> rows) {
  SIGNALS_ASSIGN(auto file, ParquetFile::create(table, partition, arrow_schema(quality_schema())));
  QualityBuilders builders;
  const auto failed = [&](const ::arrow::Status& status) {
    return tl::unexpected(to_error(ErrorCode::store_write, table.name(), status));
  };
  for (const auto& row : rows) {
    if (const auto status = builders.append(row); !status.ok()) return failed(status);
  }
  const auto arrays = builders.finish();
  if (!arrays.ok()) return failed(arrays.status());
  SIGNALS_TRY(file->write(*arrays));
  return file->close();
}

Result<std::vector<QualityRow>> read_quality(const Table& table, const DataFile& file) {
  SIGNALS_ASSIGN(const auto columns,
                 read_columns(table, file, {"ticker", "date", "flag", "value"}));
  const auto& ticker = static_cast<const ::arrow::StringArray&>(*columns[0]);
  const auto& date = static_cast<const ::arrow::Date32Array&>(*columns[1]);
  const auto& flag = static_cast<const ::arrow::StringArray&>(*columns[2]);
  const auto& value = static_cast<const ::arrow::DoubleArray&>(*columns[3]);
  std::vector<QualityRow> rows;
  for (std::int64_t i = 0; i < ticker.length(); ++i) {
    rows.push_back({ticker.GetString(i), Date{std::chrono::days(date.Value(i))}, flag.GetString(i),
                    value.IsNull(i) ? kUnknown : value.Value(i)});
  }
  return rows;
}

Result<FlaggedDates> read_flagged_dates(const Table& table, const TableState& state, int bucket,
                                        std::span<const std::string> flags) {
  FlaggedDates dates;
  for (const auto& file : state.files) {
    if (file.partition.bucket != bucket) continue;
    SIGNALS_ASSIGN(const auto rows, read_quality(table, file));
    for (const auto& row : rows) {
      if (std::ranges::find(flags, row.flag) != flags.end()) dates[row.ticker].insert(row.date);
    }
  }
  return dates;
}

}  // namespace signals
