// The `quality` table: what is odd about single bars of `prices`. The bars stay as they are; who
// computes with them decides what to leave out.
#pragma once

#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"
#include "lake/table.h"

namespace signals {

inline constexpr const char* kQualityTable = "quality";

// A dividend in another currency than the price: neither stored nor applied.
inline constexpr std::string_view kForeignDividend = "foreign_dividend";

// The flags that a bar can have.
inline constexpr std::array<std::string_view, 8> kQualityFlags = {
    "ohlc_violation",    // open or close outside low to high, or low above high
    "jump",              // the close is 100 times the one before, or a hundredth
    "minor_units",       // pence and pounds (cents, agorot) seem to be mixed
    "no_trade",          // flat, without volume, at the close before
    "holiday_copy",      // the same for most names of the exchange on that day
    "gap",               // there is no bar, on a session of the exchange
    "suspect_dividend",  // half the last close or more, or on the day of a split: not applied
    kForeignDividend,
};

// One flag of one bar.
struct QualityRow {
  std::string ticker;
  Date date;
  std::string flag;
  double value = 0;  // how far it is off: the ratio of a jump, say; NaN is stored as null
};

const std::vector<ColumnSpec>& quality_schema();

// Writes a data file of `partition` from rows in order of ticker, date and flag; all are in its
// year and bucket, and there is at least one.
Result<DataFile> write_quality(const Table& table, const Partition& partition,
                               std::span<const QualityRow> rows);

// The rows of a data file, in its order.
Result<std::vector<QualityRow>> read_quality(const Table& table, const DataFile& file);

// The dates of each ticker of one bucket that have one of `flags`.
using FlaggedDates = std::map<std::string, std::set<Date>, std::less<>>;
Result<FlaggedDates> read_flagged_dates(const Table& table, const TableState& state, int bucket,
                                        std::span<const std::string> flags);

}  // namespace signals
