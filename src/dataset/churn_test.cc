#include "dataset/churn.h"

#include <gtest/gtest.h>

#include <limits>

namespace signals {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Against numerai-tools: tests/test_churn.py.

TEST(Ranks, TiesShareAndUnknownStays) {
  const auto ranks = tie_kept_ranks(std::vector<double>{3, 1, kNaN, 3, 2});
  const std::vector<double> expected = {3.0 / 4, 0.5 / 4, 0, 3.0 / 4, 1.5 / 4};
  for (const std::size_t i : {0U, 1U, 3U, 4U}) EXPECT_EQ(ranks[i], expected[i]) << i;
  EXPECT_NE(ranks[2], ranks[2]);
  EXPECT_EQ(cleaned({{0, 1}, {kNaN, 7}}).values, (std::vector<double>{0.5, 0.5}));
  EXPECT_TRUE(tie_kept_ranks({}).empty());
}

TEST(Churn, SameAndReversed) {
  const DatedValues a{{1, 2, 3, 4}, {1, 2, 3, 4}};
  EXPECT_EQ(churn(a, a), 0);
  EXPECT_EQ(churn(a, {{1, 2, 3, 4}, {4, 3, 2, 1}}), 2);
}

TEST(Churn, NamesOfBothOnly) {
  const DatedValues a{{1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}};
  // Four of five are 80 %; without the fifth the order is the same.
  EXPECT_EQ(churn(a, {{1, 2, 3, 4}, {1, 2, 3, 4}}), 0);
  EXPECT_EQ(churn(a, {{1, 2, 3}, {1, 2, 3}}), std::nullopt);
  EXPECT_EQ(churn(a, {{1, 2, 3, 4, 6, 7}, {1, 2, 3, 4, 5, 6}}), std::nullopt);
  EXPECT_EQ(churn({}, a), std::nullopt);
}

TEST(Churn, AConstantHasNone) {
  EXPECT_EQ(churn({{1, 2}, {1, 2}}, {{1, 2}, {7, 7}}), std::nullopt);
}

TEST(Churn, GreatestAndMeanOfWhatIsKnown) {
  ChurnFigures figures{.each = {0.25, std::nullopt, 0.75}, .greatest = {}, .mean = {}};
  sum_up(figures);
  EXPECT_EQ(figures.greatest, 0.75);
  EXPECT_EQ(figures.mean, 0.5);
}

}  // namespace
}  // namespace signals
