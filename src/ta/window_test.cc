#include "ta/window.h"

#include <gtest/gtest.h>

#include <cmath>

namespace signals::ta {
namespace {

TEST(RollingTest, ForgetsWhatLeft) {
  Rolling<double> window(2, 2);
  window.push(1e16);
  EXPECT_TRUE(std::isnan(window.sum()));
  window.push(1.0);
  window.push(2.0);
  EXPECT_EQ(window.sum(), 3.0);
  EXPECT_EQ(window.mean(), 1.5);
}

TEST(RollingTest, EqualValuesSumExactly) {
  Rolling<double> window(3, 3);
  for (const double x : {1e300, 0.1, 0.1, 0.1}) window.push(x);
  EXPECT_EQ(window.sum(), 0.1 * 3.0);
  EXPECT_EQ(window.mean(), 0.1);
}

TEST(RollingTest, SkipsUnknownAndInfinite) {
  Rolling<double> window(3, 1);
  for (const double x : {1.0, kNaN, std::numeric_limits<double>::infinity()}) window.push(x);
  EXPECT_EQ(window.sum(), 1.0);
  window.push(kNaN);
  EXPECT_TRUE(std::isnan(window.sum()));
  Rolling<double> unmasked(3, 0);
  unmasked.push(kNaN);
  EXPECT_EQ(unmasked.sum(), 0.0);
  EXPECT_TRUE(std::isnan(unmasked.mean()));
}

TEST(EwmTest, RepeatsOverAGapAndThenWeighsItIn) {
  Ewm<double> mean(3, 1);  // alpha 0.5
  EXPECT_TRUE(std::isnan(mean.push(kNaN)));
  EXPECT_EQ(mean.push(4.0), 4.0);
  EXPECT_EQ(mean.push(8.0), 6.0);
  EXPECT_EQ(mean.push(kNaN), 6.0);
  EXPECT_EQ(mean.push(12.0), (0.25 * 6.0 + 0.5 * 12.0) / 0.75);
}

TEST(PairwiseSumTest, AddsInNumpysOrder) {
  std::vector<double> values(300);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1.0 / static_cast<double>(i + 1);
  // numpy.sum(1.0 / numpy.arange(1, 301)), printed with 17 digits; a plain loop gives ...502.
  EXPECT_EQ(pairwise_sum<double>(values), 6.282663880299504);
  EXPECT_EQ(pairwise_sum<double>(std::span<const double>(values).first(14)), 3.251562326562327);
  EXPECT_EQ(pairwise_sum<double>({}), 0.0);
}

}  // namespace
}  // namespace signals::ta
