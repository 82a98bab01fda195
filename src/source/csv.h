// read_csv: a CSV file of daily bars, whatever its column order. Pure; takes any bytes.
#pragma once

#include <string_view>

#include "core/bar.h"
#include "core/result.h"

namespace signals {

// Reads a header and rows. The date column is `date`, `datetime` or `timestamp`, else a first
// column without a name, or yfinance's header of three lines; only its own local date counts.
// Columns are found by name, whatever the case: open, high, low, close, volume, dividends
// (dividend, dividend_amount, capital gains), stock splits (split, split_coefficient, split_ratio);
// others, `adj close` among them, are ignored. Empty, null, nan and na cells are unknown. Bars keep
// the file's order. A row without a date, or with a cell that is no number, is counted as
// unreadable. bad_csv when the header lacks a date, high, low or close column; `where` names the
// file in errors.
Result<History> read_csv(std::string_view bytes, std::string_view where);

}  // namespace signals
