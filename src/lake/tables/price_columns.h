// The rows of `prices` as columns and back. Includes Arrow: for the sources of lake/ only.
#pragma once

#include <span>
#include <vector>

#include "core/bar.h"
#include "lake/parquet.h"

namespace signals {

// The schema of prices_schema() with coded strings; in the file it is the same.
std::shared_ptr<::arrow::Schema> price_columns_schema();

// The columns of that schema, from tickers in ascending order.
::arrow::Result<Arrays> to_price_columns(std::span<const TickerBars> tickers);

// Appends the rows of columns of that schema; a ticker may go on from the rows before.
void append_price_rows(const Arrays& columns, std::vector<TickerBars>& result);

}  // namespace signals
