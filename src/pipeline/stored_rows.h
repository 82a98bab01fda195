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

using Windows = std::map<std::string, Window, std::less<>>;  // by ticker

// What is stored of each ticker in its window, else before it, else after it: the kNearest nearest
// rows or fewer, in a row, ascending. None only for a ticker without rows.
inline constexpr std::ptrdiff_t kNearest = 10;
Result<std::map<std::string, std::vector<PriceRow>>> read_nearest(const Table& prices,
                                                                  const TableState& state,
                                                                  const Windows& windows);

// Widens each window to hold all stored rows of its ticker; only files that reach out of it are
// read.
Result<void> widen_to_stored(const Table& prices, const TableState& state, Windows& windows);

// All closes of some tickers.
Result<Closes> read_closes(const Table& prices, const TableState& state,
                           const std::vector<std::string>& tickers);

}  // namespace signals
