// The `restatements` table: stored history that a source gave anew, with other values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/bar.h"
#include "lake/table.h"

namespace signals {

inline constexpr const char* kRestatementsTable = "restatements";

// What `reason` can be.
inline constexpr std::string_view kSplit = "split";        // the whole history on a new scale
inline constexpr std::string_view kRescaled = "rescaled";  // the same without a split to explain it
inline constexpr std::string_view kCorrected = "corrected";  // settled bars changed
inline constexpr std::string_view kLateBar = "late_bar";     // a bar before known ones came
inline constexpr std::string_view kReused = "reused";        // another company; see TICKER~1

struct Restatement {
  std::string ticker;
  Instant seen_on{};
  Date from_date{};  // the first bar that is not what it was
  std::string reason;
  double factor = kUnknown;  // new close / old close; unknown when there is no single one
};

const std::vector<ColumnSpec>& restatements_schema();

// All rows, by ticker, time and date.
Result<std::vector<Restatement>> read_restatements(const Table& table, const TableState& state);

// Adds rows in one commit. One that is there already (of a run that was killed) is not added again.
Result<void> add_restatements(const Table& table, const std::vector<Restatement>& rows,
                              Instant now);

}  // namespace signals
