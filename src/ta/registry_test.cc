// Tests that walk the indicator table; none of them names an indicator.
#include "ta/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ta/test_market.h"

namespace signals::ta {
namespace {

TEST(RegistryTest, RowsAreComplete) {
  std::set<std::string_view> names, columns;
  for (const auto* indicator : indicators()) {
    EXPECT_TRUE(names.insert(indicator->name).second) << indicator->name;
    EXPECT_EQ(find_indicator(indicator->name), indicator);
    EXPECT_FALSE(indicator->title.empty());
    EXPECT_FALSE(indicator->outputs.empty());
    for (const auto& param : indicator->params) {
      EXPECT_LE(param.min, param.default_value) << indicator->name;
      EXPECT_LE(param.default_value, param.max) << indicator->name;
    }
    for (const auto& output : indicator->outputs) {
      EXPECT_TRUE(columns.insert(output.column).second) << output.column;
      EXPECT_TRUE(output.column.starts_with(to_string(indicator->category))) << output.column;
      EXPECT_FALSE(output.formula.empty());
    }
  }
}

TEST(RegistryTest, AppendingRowsNeverChangesThePast) {
  for (const bool gaps : {false, true}) {
    const Market market = random_market(400, 7, gaps);
    for (const auto* indicator : indicators()) {
      const auto whole = run(*indicator, market.all(), Mode::causal);
      for (const std::size_t rows : {1U, 2U, 13U, 14U, 15U, 100U, 399U}) {
        const auto cut = run(*indicator, market.first(rows), Mode::causal);
        for (std::size_t k = 0; k < cut.size(); ++k) {
          for (std::size_t i = 0; i < rows; ++i) {
            ASSERT_TRUE(same_bits(cut[k][i], whole[k][i]))
                << indicator->outputs[k].column << " row " << i << " of " << rows;
          }
        }
      }
    }
  }
}

TEST(RegistryTest, FirstRowIsWhereTheTableSays) {
  const Market market = random_market(200, 3, false);
  for (const auto* indicator : indicators()) {
    const auto columns = run(*indicator, market.all(), Mode::ta);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      std::size_t first = 0;
      while (first < columns[k].size() && std::isnan(columns[k][first])) ++first;
      if (indicator->outputs[k].first_row < 0) continue;
      EXPECT_EQ(first, static_cast<std::size_t>(indicator->outputs[k].first_row))
          << indicator->outputs[k].column;
    }
  }
}

TEST(RegistryTest, FlagsAreTheColumnsOfZerosAndOnes) {
  const Market market = random_market(2000, 11, false);
  for (const auto* indicator : indicators()) {
    const auto columns = run(*indicator, market.all(), Mode::causal);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const bool binary =
          std::ranges::all_of(columns[k], [](double x) { return x == 0 || x == 1; });
      EXPECT_EQ(indicator->outputs[k].flag, binary) << indicator->outputs[k].column;
    }
  }
}

TEST(RegistryTest, FillnaLeavesNoGap) {
  const Market market = random_market(200, 5, true);
  for (const auto* indicator : indicators()) {
    for (const auto& column : run(*indicator, market.all(), Mode::fillna)) {
      for (const double value : column) EXPECT_TRUE(std::isfinite(value)) << indicator->name;
    }
  }
}

TEST(RegistryTest, EveryShapeOfInputIsComputedWithoutHarm) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  for (const double value : {0.0, -1.0, 1e-300, 1e300, kInf, kNaN}) {
    for (const std::size_t rows : {0U, 1U, 2U, 14U, 40U}) {
      const std::vector<double> column(rows, value);
      const Inputs in{column, column, column, column, column};
      for (const auto* indicator : indicators()) {
        for (const Mode mode : kModes) {
          for (const auto& out : run(*indicator, in, mode)) EXPECT_EQ(out.size(), rows);
        }
      }
    }
  }
}

// Of a price: how large a difference is measured against.
double scale_of(const Output& output, double value, double price) {
  const bool priced = output.unit == Unit::price || output.unit == Unit::price_difference;
  const double money = output.unit == Unit::money ? price * 1e6 : 1.0;
  return std::max(std::abs(value), priced ? price : money);
}

TEST(RegistryTest, AnEarlierStartIsForgottenAfterTheWarmUp) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const Market market = random_market(2500, seed, false);
    for (const auto* indicator : indicators()) {
      const auto whole = run(*indicator, market.all(), Mode::causal);
      for (const std::size_t start : {1U, 63U, 1000U}) {
        const auto late = run(*indicator, market.from(start), Mode::causal);
        for (std::size_t k = 0; k < late.size(); ++k) {
          const Output& output = indicator->outputs[k];
          ASSERT_EQ(output.warm_up == 0, indicator->lookback == Lookback::cumulative);
          if (output.warm_up == 0) continue;
          const auto first = static_cast<std::size_t>(output.warm_up) - 1;
          ASSERT_GE(output.warm_up, output.first_row + 1) << output.column;
          for (std::size_t i = first; i < late[k].size(); ++i) {
            const double a = late[k][i];
            const double b = whole[k][start + i];
            ASSERT_EQ(std::isnan(a), std::isnan(b)) << output.column << " row " << i;
            if (std::isnan(a) || a == b) continue;
            ASSERT_FALSE(output.flag) << output.column << " row " << i;
            ASSERT_LE(std::abs(a - b), 1e-9 * scale_of(output, b, market.close[start + i]))
                << output.column << " row " << i << " from " << start << ": " << a << ", " << b;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace signals::ta
