#include "lake/tables/restatements.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "lake/tables/row_columns.h"

namespace signals {
namespace {

auto key(const Restatement& row) {
  return std::tie(row.ticker, row.seen_on, row.from_date, row.reason);
}

Partition partition_of(const Restatement& row) {
  return {year_of(std::chrono::floor<std::chrono::days>(row.seen_on)), bucket_of(row.ticker)};
}

Result<void> read_file(const Table& table, const DataFile& file, std::vector<Restatement>& to) {
  SIGNALS_ASSIGN(const RowReader rows, RowReader::open(table, file, restatements_schema()));
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    to.push_back({rows.text(0, i), rows.instant(1, i).value_or(Instant{}),
                  rows.date(2, i).value_or(Date{}), rows.text(3, i), rows.real(4, i)});
  }
  return {};
}

Result<DataFile> write_file(const Table& table, const Partition& partition,
                            const std::vector<Restatement>& rows) {
  RowWriter writer(restatements_schema());
  for (const auto& row : rows) {
    writer.add(row.ticker)
        .add(std::optional(row.seen_on))
        .add(std::optional(row.from_date))
        .add(row.reason)
        .add(row.factor);
  }
  return writer.write(table, partition);
}

}  // namespace

const std::vector<ColumnSpec>& restatements_schema() {
  static const std::vector<ColumnSpec> schema = {
      {"ticker", "string", true, Partitioning::bucket},
      {"seen_on", "timestamptz", true, Partitioning::year},
      {"from_date", "date", true},
      {"reason", "string", true},
      {"factor", "double"}};
  return schema;
}

Result<std::vector<Restatement>> read_restatements(const Table& table, const TableState& state) {
  std::vector<Restatement> rows;
  for (const auto& file : state.files) SIGNALS_TRY(read_file(table, file, rows));
  std::ranges::sort(rows, {}, key);
  return rows;
}

Result<void> add_restatements(const Table& table, const std::vector<Restatement>& rows,
                              Instant now) {
  if (rows.empty()) return {};
  std::map<Partition, std::vector<Restatement>> fresh;
  for (const auto& row : rows) fresh[partition_of(row)].push_back(row);
  const auto build = [&](const TableState& base) -> Result<Change> {
    Change change;
    change.schema = restatements_schema();
    change.summary = {{"command", "load"}};
    PendingFiles pending(table);
    for (const auto& [partition, added] : fresh) {
      std::vector<Restatement> all;
      for (const auto& file : base.files) {
        if (file.partition == partition) SIGNALS_TRY(read_file(table, file, all));
      }
      const std::size_t before = all.size();
      for (const auto& row : added) {
        const bool there =
            std::ranges::any_of(all, [&](const auto& one) { return key(one) == key(row); });
        if (!there) all.push_back(row);
      }
      if (all.size() == before) continue;
      std::ranges::sort(all, {}, key);
      SIGNALS_ASSIGN(DataFile file, write_file(table, partition, all));
      pending.add(file);
      change.replaced.insert(partition);
      change.added.push_back(std::move(file));
    }
    pending.release();
    return change;
  };
  SIGNALS_TRY(table.commit(build, now));
  return {};
}

}  // namespace signals
