// bench_encode: times encoding and writing the values of a feature table, which are in memory
// already, with the writer of `transform`. Prints the seconds as JSON.
//
// What it writes, byte for byte the files of that table, stays in a table beside it that is never
// committed; the caller removes it.
#include <arrow/api.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "features/plan.h"
#include "lake/parquet.h"
#include "lake/tables/features.h"

namespace {

using namespace signals;

// One row group of one file, as `transform` had it before it wrote it.
struct RowGroup {
  std::vector<std::string> tickers;         // of the slices
  std::vector<std::size_t> begins;          // of the slices; then the number of rows
  std::vector<Date> dates;                  // of all rows
  std::vector<std::vector<float>> columns;  // NaN for null
  std::vector<const float*> column_pointers;

  [[nodiscard]] std::vector<FeatureSlice<float>> slices() const {
    std::vector<FeatureSlice<float>> slices;
    for (std::size_t s = 0; s < tickers.size(); ++s) {
      slices.push_back({tickers[s], std::span(dates).subspan(begins[s], begins[s + 1] - begins[s]),
                        column_pointers, begins[s]});
    }
    return slices;
  }
};

struct File {
  Partition partition;
  std::vector<RowGroup> groups;
};

RowGroup to_row_group(const Arrays& arrays) {
  RowGroup group;
  const auto& tickers = static_cast<const ::arrow::StringArray&>(*arrays[0]);
  const auto& dates = static_cast<const ::arrow::Date32Array&>(*arrays[1]);
  for (std::int64_t i = 0; i < tickers.length(); ++i) {
    if (group.tickers.empty() || group.tickers.back() != tickers.GetView(i)) {
      group.tickers.emplace_back(tickers.GetView(i));
      group.begins.push_back(static_cast<std::size_t>(i));
    }
    group.dates.emplace_back(std::chrono::days(dates.Value(i)));
  }
  group.begins.push_back(group.dates.size());
  for (std::size_t c = 2; c < arrays.size(); ++c) {
    const auto& values = static_cast<const ::arrow::FloatArray&>(*arrays[c]);
    auto& column =
        group.columns.emplace_back(values.raw_values(), values.raw_values() + values.length());
    for (std::int64_t i = 0; values.null_count() > 0 && i < values.length(); ++i) {
      if (values.IsNull(i)) column[static_cast<std::size_t>(i)] = static_cast<float>(ta::kNaN);
    }
  }
  for (const auto& column : group.columns) group.column_pointers.push_back(column.data());
  return group;
}

Result<std::vector<File>> read_table(const Table& table, const TableState& state) {
  std::vector<std::string> names;
  for (const auto& column : state.schema) names.push_back(column.name);
  std::vector<File> files;
  for (const auto& file : state.files) {
    files.push_back({file.partition, {}});
    SIGNALS_ASSIGN(const auto groups, RowGroups::open(table, file, names));
    while (true) {
      SIGNALS_ASSIGN(const Arrays arrays, groups->next());
      if (arrays.empty()) break;
      files.back().groups.push_back(to_row_group(arrays));
    }
  }
  return files;
}

Result<void> run(const std::string& lake, const std::string& name, const std::string& copy,
                 const FileFormat& format) {
  SIGNALS_ASSIGN(const auto store, open_store(lake));
  const Table table(store, name), target(store, copy);
  SIGNALS_ASSIGN(const TableState state, table.load());
  if (!state.exists()) return fail(ErrorCode::no_table, store->uri(name));
  SIGNALS_ASSIGN(const auto files, read_table(table, state));
  SIGNALS_ASSIGN(const auto lags, parse_lags(state.properties.at("lags")));
  FeatureConfig config;
  config.lags = lags;
  SIGNALS_ASSIGN(const FeaturePlan plan, make_plan(config));

  const auto begin = std::chrono::steady_clock::now();
  const auto layout = make_feature_layout(state.schema, plan.flags, format);
  std::int64_t bytes = 0, rows = 0;
  for (const auto& file : files) {
    SIGNALS_ASSIGN(const auto writer, FeatureFile<float>::create(target, file.partition, layout));
    for (const auto& group : file.groups) SIGNALS_TRY(writer->append(group.slices()));
    SIGNALS_ASSIGN(const DataFile written, writer->finish());
    bytes += written.bytes;
    rows += written.rows;
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  fmt::print("{{\"seconds\": {:.6f}, \"rows\": {}, \"bytes\": {}}}\n", time.count(), rows, bytes);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string codec = argc == 5 ? argv[4] : "";
  FileFormat format;
  if (codec == "none") format.codec = Codec::none;
  if (codec == "lz4") format.codec = Codec::lz4;
  if (codec == "snappy") format.codec = Codec::snappy;
  if (codec.empty()) {
    fmt::print(stderr, "usage: bench_encode LAKE TABLE TARGET none|lz4|snappy|zstd\n");
    return 2;
  }
  if (const auto done = run(argv[1], argv[2], argv[3], format); !done) {
    fmt::print(stderr, "error: {}\n", done.error().line());
    return 1;
  }
  return 0;
}
