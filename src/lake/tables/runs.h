// The `runs` table: one row for every run of a command that changes the lake.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/table.h"

namespace signals {

inline constexpr const char* kRunsTable = "runs";

struct RunRow {
  Instant at{};  // its present
  std::string command;
  std::optional<Date> d{};  // the round's date, for commands that have one
  std::string outcome;      // done, partly, or the name of the error that ended it
  std::string counts;       // a JSON object
  double seconds = 0;
  std::string version = SIGNALS_VERSION;

  // Whether it did all it was asked to.
  [[nodiscard]] bool complete() const { return outcome == "done" || outcome == "partly"; }
};

const std::vector<ColumnSpec>& runs_schema();

// All runs, oldest first.
Result<std::vector<RunRow>> read_runs(const Table& table, const TableState& state);

Result<void> add_run(const Table& table, const RunRow& run);

}  // namespace signals
