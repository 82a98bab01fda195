// Columns of tables: their field ids, which never change their meaning, and what follows from them.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "lake/table_state.h"

namespace signals {

// A column that the table is partitioned by, as Iceberg's partition spec has it.
struct PartitionField {
  int id = 0;
  int source_id = 0;
  std::string name;       // date_year, date_trunc, ticker_bucket
  std::string transform;  // year, truncate[4], bucket[16]
  Partitioning kind = Partitioning::none;
  bool text = false;  // the year of a date that is written as text, itself text
};

// The partition fields of a schema, the year before the bucket.
std::vector<PartitionField> partition_fields(const Schema& schema);

// The id of the order of a table's rows: by its key columns, or 0, Iceberg's for none.
int sort_order_id(const Schema& schema);

// The column of session dates, and its id; 0 for a table without.
inline constexpr const char* kDateColumn = "date";
int date_id(const Schema& schema);

// Every row has a value.
bool is_required(const ColumnSpec& column);

// The same columns, each with its field id.
Schema with_ids(Schema schema);

// `schema` with the field ids that its columns have in `table`, and new ones for new columns.
Schema with_ids_of(const TableState& table, Schema schema);

// Whether a table of the columns `before` may go on with `after`: nothing but new columns, with ids
// that no column had. schema_differs says what is in the way.
Result<void> check_schema(const TableState& table, const Schema& after);

// Fills in first_date and last_date from the statistics of the column with this id, a date or one
// written as text.
void set_dates(DataFile& file, int date_id);

// The text bounds of Iceberg: at most 16 characters, the upper one not below any text that it
// stands for; empty when there is none.
std::string lower_bound_of(std::string_view text);
std::optional<std::string> upper_bound_of(std::string_view text);

}  // namespace signals
