#include "ta/scale_free.h"

#include <gtest/gtest.h>

#include "ta/test_market.h"

namespace signals::ta {
namespace {

// As a split of 1 to 10 does.
Market split(const Market& market) {
  Market after = market;
  for (auto* prices : {&after.open, &after.high, &after.low, &after.close}) {
    for (double& price : *prices) price *= 0.1;
  }
  for (double& volume : after.volume) volume *= 10;
  return after;
}

TEST(ScaleFreeTest, ASplitChangesNoForm) {
  const Market before = random_market(1500, 21, false);
  const Market after = split(before);
  for (const auto* indicator : indicators()) {
    const auto x = run(*indicator, before.all(), Mode::causal);
    const auto y = run(*indicator, after.all(), Mode::causal);
    for (std::size_t k = 0; k < x.size(); ++k) {
      const Output& output = indicator->outputs[k];
      std::vector<double> a(x[k].size());
      std::vector<double> b(x[k].size());
      scale_free(output.unit, before.all(), x[k], a);
      scale_free(output.unit, after.all(), y[k], b);
      std::size_t known = 0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        ASSERT_EQ(std::isnan(a[i]), std::isnan(b[i])) << output.column << " row " << i;
        if (std::isnan(a[i])) continue;
        ++known;
        ASSERT_LE(std::abs(a[i] - b[i]), 1e-6 * std::max(1.0, std::abs(a[i])))
            << output.column << " row " << i;
      }
      EXPECT_GT(known, 500U) << output.column;
    }
  }
}

TEST(ScaleFreeTest, LooksAtNoLaterRow) {
  const Market market = random_market(100, 4, true);
  for (const auto* indicator : indicators()) {
    const auto x = run(*indicator, market.all(), Mode::causal);
    for (std::size_t k = 0; k < x.size(); ++k) {
      const Unit unit = indicator->outputs[k].unit;
      std::vector<double> whole(100);
      std::vector<double> cut(60);
      scale_free(unit, market.all(), x[k], whole);
      scale_free(unit, market.first(60), std::span(x[k]).first(60), cut);
      for (std::size_t i = 0; i < 60; ++i) ASSERT_TRUE(same_bits(cut[i], whole[i]));
    }
  }
}

TEST(ScaleFreeTest, FormsAreAsWritten) {
  const std::vector<double> x(21, 50.0);
  const std::vector<double> price(21, 10.0);
  const std::vector<double> volume(21, 4.0);
  const Inputs in{price, price, price, price, volume};
  const auto last = [&](Unit unit, double final_x) {
    std::vector<double> column = x;
    column.back() = final_x;
    std::vector<double> out(21);
    scale_free(unit, in, column, out);
    EXPECT_FALSE(scale_free_form(unit).empty());
    return out.back();
  };
  EXPECT_EQ(last(Unit::none, 3), 3.0);
  EXPECT_EQ(last(Unit::price, 15), 0.5);
  EXPECT_EQ(last(Unit::price_difference, 15), 1.5);
  EXPECT_EQ(last(Unit::volume, 90), 0.5);
  EXPECT_EQ(last(Unit::money, 20), 0.5);
  EXPECT_EQ(last(Unit::price_squared_per_volume, 1e8), 0.04);
  EXPECT_EQ(last(Unit::first_bar, 75), 0.5);
  EXPECT_EQ(last(Unit::first_bar_percent, 125), 0.5);
}

}  // namespace
}  // namespace signals::ta
