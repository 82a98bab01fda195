// What Numerai reckons of a submission once it has been made neutral to the factors that it knows
// (numerai-tools 0.7: signals.py and `generate_neutralized_weights`). Some formulas are theirs
// alone; each is named where it is followed.
#pragma once

#include <cstddef>
#include <vector>

#include "core/result.h"
#include "dataset/churn.h"

namespace signals {

// A date's neutralizers: a row for each name, and its sample weight (NaN: unknown).
struct DatedFactors {
  std::vector<std::uint32_t> names;  // ascending, each once
  std::vector<double> neutralizers;  // row by row
  std::size_t columns = 0;
  std::vector<double> weights;
};

// `_neutralize_signal`: ranks, as normal quantiles, less what a linear model of the neutralizers
// and a constant says of them (least squares; singular values below 1e-6 of the greatest count as
// none). Over the names of both; empty names when these are less than 80 % of either.
DatedValues neutralized(const DatedValues& submission, const DatedFactors& factors);

// `generate_neutralized_weights`, centred, and scaled so that the magnitudes add up to 1: the
// weights of a portfolio. Empty names as above.
DatedValues portfolio(const DatedValues& submission, const DatedFactors& factors);

// Half of what is bought and sold between two portfolios, over the names of both; empty when these
// are too few.
std::optional<double> turnover(const DatedValues& a, const DatedValues& b);

// `neutral_churn_penalty`: the share of a positive payout that is left at a mean neutral churn.
double retained_payout(double neutral_churn);

}  // namespace signals
