#include "lake/tables/runs.h"

#include <algorithm>

#include "lake/tables/row_columns.h"

namespace signals {
namespace {

Partition partition_of(const RunRow& run) {
  return {year_of(std::chrono::floor<std::chrono::days>(run.at)), 0};
}

Result<void> read_file(const Table& table, const DataFile& file, std::vector<RunRow>& to) {
  SIGNALS_ASSIGN(const RowReader rows, RowReader::open(table, file, runs_schema()));
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    to.push_back({.at = rows.instant(0, i).value_or(Instant{}),
                  .command = rows.text(1, i),
                  .d = rows.date(2, i),
                  .outcome = rows.text(3, i),
                  .counts = rows.text(4, i),
                  .seconds = rows.real(5, i),
                  .version = rows.text(6, i)});
  }
  return {};
}

}  // namespace

const std::vector<ColumnSpec>& runs_schema() {
  static const std::vector<ColumnSpec> schema = {{"at", "timestamptz", true, Partitioning::year},
                                                 {"command", "string"},
                                                 {"d", "date"},
                                                 {"outcome", "string"},
                                                 {"counts", "string"},
                                                 {"seconds", "double"},
                                                 {"version", "string"}};
  return schema;
}

Result<std::vector<RunRow>> read_runs(const Table& table, const TableState& state) {
  std::vector<RunRow> rows;
  for (const auto& file : state.files) SIGNALS_TRY(read_file(table, file, rows));
  std::ranges::stable_sort(rows, {}, &RunRow::at);
  return rows;
}

Result<void> add_run(const Table& table, const RunRow& run) {
  const Partition partition = partition_of(run);
  const auto build = [&](const TableState& base) -> Result<Change> {
    std::vector<RunRow> rows;
    for (const auto& file : base.files) {
      if (file.partition == partition) SIGNALS_TRY(read_file(table, file, rows));
    }
    rows.push_back(run);
    std::ranges::stable_sort(rows, {}, &RunRow::at);
    RowWriter writer(runs_schema());
    for (const auto& row : rows) {
      writer.add(std::optional(row.at))
          .add(row.command)
          .add(row.d)
          .add(row.outcome)
          .add(row.counts)
          .add(row.seconds)
          .add(row.version);
    }
    Change change;
    change.schema = runs_schema();
    change.summary = {{"command", run.command}};
    change.replaced.insert(partition);
    SIGNALS_ASSIGN(DataFile file, writer.write(table, partition));
    change.added.push_back(std::move(file));
    return change;
  };
  SIGNALS_TRY(table.commit(build, run.at));
  return {};
}

}  // namespace signals
