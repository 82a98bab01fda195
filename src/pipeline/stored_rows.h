// Rows of `prices` that a load compares its answers with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/table.h"
#include "pipeline/overlap.h"

namespace signals {

// The rows of some tickers in some windows; only files that can hold them are read.
using Wanted = std::map<std::string, std::vector<Window>, std::less<>>;
Result<std::map<std::string, std::vector<PriceRow>>> read_rows(const Table& prices,
                                                               const TableState& state,
                                                               const Wanted& wanted);

// All closes of some tickers.
Result<std::map<std::string, std::vector<DatedClose>>> read_closes(
    const Table& prices, const TableState& state, const std::vector<std::string>& tickers);

}  // namespace signals
