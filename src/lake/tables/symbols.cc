#include "lake/tables/symbols.h"

#include <set>

#include "lake/tables/row_columns.h"

namespace signals {
namespace {

// One bucket is one partition; there is no year.
Partition partition_of(std::string_view ticker) { return {0, bucket_of(ticker)}; }

Result<DataFile> write_symbols(const Table& table, const Partition& partition,
                               const std::vector<const SymbolRow*>& rows) {
  RowWriter writer(symbols_schema());
  for (const auto* row : rows) {
    writer.add(row->ticker)
        .add(std::optional(row->asked_from))
        .add(std::optional(row->asked_to))
        .add(row->first_trade_date)
        .add(row->currency)
        .add(row->exchange)
        .add(row->zone)
        .add(row->name)
        .add(row->last_ok)
        .add(row->recheck_from)
        .add(row->failures)
        .add(row->failed_on)
        .add(row->status);
  }
  return writer.write(table, partition);
}

Result<void> read_file(const Table& table, const DataFile& file, Symbols& symbols) {
  SIGNALS_ASSIGN(const RowReader rows, RowReader::open(table, file, symbols_schema()));
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    SymbolRow row{.ticker = rows.text(0, i),
                  .asked_from = rows.date(1, i).value_or(Date{}),
                  .asked_to = rows.date(2, i).value_or(Date{}),
                  .first_trade_date = rows.date(3, i),
                  .currency = rows.text(4, i),
                  .exchange = rows.text(5, i),
                  .zone = rows.text(6, i),
                  .name = rows.text(7, i),
                  .last_ok = rows.instant(8, i),
                  .recheck_from = rows.date(9, i),
                  .failures = rows.whole(10, i),
                  .failed_on = rows.date(11, i),
                  .status = rows.text(12, i)};
    symbols.insert_or_assign(row.ticker, std::move(row));
  }
  return {};
}

}  // namespace

const std::vector<ColumnSpec>& symbols_schema() {
  static const std::vector<ColumnSpec> schema = {
      {"ticker", "string", true, Partitioning::bucket},
      {"asked_from", "date"},
      {"asked_to", "date"},
      {"first_trade_date", "date"},
      {"currency", "string"},
      {"exchange", "string"},
      {"zone", "string"},
      {"name", "string"},
      {"last_ok", "timestamptz"},
      {"recheck_from", "date"},
      {"failures", "long"},
      {"failed_on", "date"},
      {"status", "string"},
  };
  return schema;
}

Result<Symbols> read_symbols(const Table& table, const TableState& state) {
  Symbols symbols;
  for (const auto& file : state.files) SIGNALS_TRY(read_file(table, file, symbols));
  return symbols;
}

Result<void> upsert_symbols(const Table& table, const std::vector<SymbolRow>& rows, Instant now,
                            const std::map<std::string, std::string>& summary) {
  if (rows.empty()) return {};
  const auto build = [&](const TableState& base) -> Result<Change> {
    Change change;
    change.schema = symbols_schema();
    change.summary = summary;
    change.summary.try_emplace("command", "load");
    PendingFiles pending(table);
    std::set<Partition> touched;
    for (const auto& row : rows) touched.insert(partition_of(row.ticker));
    for (const auto& partition : touched) {
      Symbols stored;
      for (const auto& file : base.files) {
        if (file.partition == partition) SIGNALS_TRY(read_file(table, file, stored));
      }
      bool changed = false;
      for (const auto& row : rows) {
        if (partition_of(row.ticker) != partition) continue;
        const auto found = stored.find(row.ticker);
        if (found != stored.end()) {
          const auto& seen = found->second.last_ok;
          const bool later = seen > row.last_ok && *seen <= now + kClockError;
          if (later || found->second == row) continue;
        }
        stored.insert_or_assign(row.ticker, row);
        changed = true;
      }
      if (!changed) continue;
      std::vector<const SymbolRow*> sorted;
      for (const auto& [ticker, row] : stored) sorted.push_back(&row);
      SIGNALS_ASSIGN(DataFile file, write_symbols(table, partition, sorted));
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
