// The scale-free form of a column: what a model may learn from across tickers and years. A later
// split (prices x 0.1, volumes x 10) does not change it, so that it cannot be read off an old row.
#pragma once

#include <span>
#include <string_view>

#include "ta/indicator.h"

namespace signals::ta {

// In words, with x the column, C close, V volume; "x" where the column is scale-free itself.
std::string_view scale_free_form(Unit unit);

// Fills `out` with the form of column `x` of a ticker; all are as long as `in`, NaN where unknown.
// Uses no later row; forms with a sum over 20 rows begin when 20 rows are known.
void scale_free(Unit unit, const Inputs& in, std::span<const double> x, std::span<double> out);

}  // namespace signals::ta
