// The `symbols` table: what load knows of each ticker it asks a source for. With `prices` it is the
// journal of a load: what stands here need not be asked again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/table.h"

namespace signals {

inline constexpr const char* kSymbolsTable = "symbols";

// What `status` can be.
inline constexpr std::string_view kWorking = "ok";
inline constexpr std::string_view kMissing = "missing";          // 404, on fewer than three days
inline constexpr std::string_view kQuarantined = "quarantined";  // 404 on three days or more
inline constexpr std::string_view kHeld = "held";    // a new history did not pass the checks
inline constexpr std::string_view kEnded = "ended";  // the old company of a reused ticker

struct SymbolRow {
  std::string ticker;
  Date asked_from{}, asked_to{};  // sessions that were asked for and answered: [from, to)
  std::optional<Date> first_trade_date{};
  std::string currency{}, exchange{}, zone{}, name{};
  std::optional<Instant> last_ok{};    // of the last answer
  std::optional<Date> recheck_from{};  // a day without prices that may still get some
  std::int64_t failures = 0;           // days in a row on which the source did not know the ticker
  std::optional<Date> failed_on{};     // the last of them
  std::string status{kWorking};
  friend bool operator==(const SymbolRow&, const SymbolRow&) = default;
};

const std::vector<ColumnSpec>& symbols_schema();

using Symbols = std::map<std::string, SymbolRow, std::less<>>;  // by ticker
Result<Symbols> read_symbols(const Table& table, const TableState& state);

// What was seen so much later than now was seen by a clock that was ahead.
inline constexpr std::chrono::hours kClockError{24};

// Puts rows in the place of those of their tickers, in one commit; only buckets in which a row
// differs are written. A row that another run has made later stays, unless its clock was ahead.
Result<void> upsert_symbols(const Table& table, const std::vector<SymbolRow>& rows, Instant now,
                            const std::map<std::string, std::string>& summary = {});

}  // namespace signals
