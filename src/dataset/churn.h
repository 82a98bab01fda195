// Churn: how much the order of names changes from date to date, as Numerai reckons it for a
// submission (its library numerai-tools, 0.7: `calculate_max_churn_and_turnover`).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace signals {

// The values of a date's whole universe; NaN where there is none.
struct DatedValues {
  std::vector<std::uint32_t> names;  // numbers of the names, ascending, each once
  std::vector<double> values;        // as many
};

// A submission is compared with so many before it.
inline constexpr std::size_t kChurnDates = 5;
// Numerai cuts a stake to nothing at this churn, and at this turnover.
inline constexpr double kMostChurn = 0.15, kMostTurnover = 0.25;

// (place - 1/2) / n among the n known values, ties sharing the mean of their places; NaN stays.
std::vector<double> tie_kept_ranks(std::span<const double> values);

// A submission as Numerai takes it: ranked, and 0.5 where nothing is known.
DatedValues cleaned(DatedValues submission);

// 1 - Spearman between two cleaned submissions, over the names of both. Empty when these are less
// than 80 % of either, or when one has the same value for all of them.
std::optional<double> churn(const DatedValues& a, const DatedValues& b);

// The rows of both, by their names; of values that are known in both.
struct CommonRows {
  std::vector<std::size_t> a, b;
  bool enough = false;  // at least 80 % of either
};
CommonRows common_rows(const DatedValues& a, const DatedValues& b);

// The newest of several cleaned submissions against those before it.
struct ChurnFigures {
  std::vector<std::optional<double>> each;  // against each one before, newest first
  std::optional<double> greatest, mean;     // of those that can be told
};
ChurnFigures churn_figures(const DatedValues& newest, std::span<const DatedValues> before);

// The greatest and the mean of what can be told.
void sum_up(ChurnFigures& figures);

}  // namespace signals
