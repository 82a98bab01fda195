#include "ta/window.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ta/smooth.h"

namespace signals::ta {
namespace {

class WindowTest : public ::testing::Test {
 protected:
  Arena arena_;
  signals::ta::Setup<double> setup_{{}, Mode::ta, {}, arena_};
};

TEST_F(WindowTest, RollingForgetsWhatLeft) {
  Rolling<double> sum(setup_, {2, 2});
  RollingMean<double> mean(setup_, {2, 2});
  sum.push(1e16);
  EXPECT_TRUE(std::isnan(sum.sum()));
  EXPECT_TRUE(std::isnan(mean.push(1e16)));
  for (const double x : {1.0, 2.0}) sum.push(x);
  EXPECT_EQ(sum.sum(), 3.0);
  (void)mean.push(1.0);
  EXPECT_EQ(mean.push(2.0), 1.5);
}

TEST_F(WindowTest, EqualValuesSumExactly) {
  Rolling<double> sum(setup_, {3, 3});
  RollingMean<double> mean(setup_, {3, 3});
  double last = 0;
  for (const double x : {1e300, 0.1, 0.1, 0.1}) {
    sum.push(x);
    last = mean.push(x);
  }
  EXPECT_EQ(sum.sum(), 0.1 * 3.0);
  EXPECT_EQ(last, 0.1);
}

TEST_F(WindowTest, RollingSkipsUnknownAndInfinite) {
  Rolling<double> window(setup_, {3, 1});
  for (const double x : {1.0, kNaN, std::numeric_limits<double>::infinity()}) window.push(x);
  EXPECT_EQ(window.sum(), 1.0);
  window.push(kNaN);
  EXPECT_TRUE(std::isnan(window.sum()));
  Rolling<double> unmasked(setup_, {3, 0});
  unmasked.push(kNaN);
  EXPECT_EQ(unmasked.sum(), 0.0);
  RollingMean<double> mean(setup_, {3, 0});
  EXPECT_TRUE(std::isnan(mean.push(kNaN)));
}

// Against a search of each window, for every window up to three blocks of van Herk.
TEST_F(WindowTest, ExtremesAreThoseOfTheWindow) {
  const double values[] = {3, 1, 4, 1, kNaN, 5, 9, 2, 6, -5, kNaN, kNaN, 3, 5, 8, 9, 7, 9, 3, 2};
  for (const std::size_t rows : {1U, 2U, 3U, 5U, 7U, 20U}) {
    for (const bool full : {true, false}) {
      const Window window{rows, full ? static_cast<double>(rows) : 0.0};
      Max<double> max(setup_, window);
      Min<double> min(setup_, window);
      for (std::size_t i = 0; i < std::size(values); ++i) {
        double greatest = kNaN;
        double least = kNaN;
        std::size_t known = 0;
        for (std::size_t k = i + 1 < rows ? 0 : i + 1 - rows; k <= i; ++k) {
          if (std::isnan(values[k])) continue;
          greatest = std::fmax(greatest, values[k]);
          least = std::fmin(least, values[k]);
          ++known;
        }
        const bool enough = known >= (full ? rows : 1);
        const double high = max.push(values[i]);
        const double low = min.push(values[i]);
        EXPECT_TRUE(enough ? high == greatest : std::isnan(high)) << rows << " row " << i;
        EXPECT_TRUE(enough ? low == least : std::isnan(low)) << rows << " row " << i;
      }
    }
  }
}

TEST(EwmTest, RepeatsOverAGapAndThenWeighsItIn) {
  Ewm<double> mean(Window{3, 1});  // alpha 0.5
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
  EXPECT_EQ(pairwise_sum(values.data(), 300), 6.282663880299504);
  EXPECT_EQ(pairwise_sum(values.data(), 14), 3.251562326562327);
  EXPECT_EQ(pairwise_sum<double>(nullptr, 0), 0.0);
  EXPECT_EQ(sum_known(values), 6.282663880299504);
}

}  // namespace
}  // namespace signals::ta
