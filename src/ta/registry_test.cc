// Tests that walk the indicator table; none of them names an indicator.
#include "ta/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <set>
#include <string>

#include "ta/engine.h"

namespace signals::ta {
namespace {

struct Market {
  std::vector<double> open, high, low, close, volume;
  [[nodiscard]] Inputs first(std::size_t rows) const {
    const auto cut = [&](const std::vector<double>& x) { return std::span(x).first(rows); };
    return {cut(open), cut(high), cut(low), cut(close), cut(volume)};
  }
  [[nodiscard]] Inputs all() const { return first(close.size()); }
};

Market random_market(std::size_t rows, unsigned seed, bool gaps) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> move(0.0003, 0.02);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  Market m;
  double close = 100;
  for (std::size_t i = 0; i < rows; ++i) {
    const double open = close;
    close *= 1 + move(random);
    const double high = std::max(open, close) * (1 + 0.01 * unit(random));
    const double low = std::min(open, close) * (1 - 0.01 * unit(random));
    const bool gap = gaps && unit(random) < 0.05;
    m.open.push_back(gap ? kNaN : open);
    m.high.push_back(gap ? kNaN : high);
    m.low.push_back(gap ? kNaN : low);
    m.close.push_back(gap ? kNaN : close);
    m.volume.push_back(gaps && unit(random) < 0.05 ? 0.0 : std::floor(1e6 * unit(random)));
  }
  return m;
}

std::vector<std::vector<double>> run(const Indicator& indicator, const Inputs& in, Mode mode) {
  std::vector<std::vector<double>> columns(indicator.outputs.size(),
                                           std::vector<double>(in.rows(), -1));
  std::vector<double*> out;
  for (auto& column : columns) out.push_back(column.data());
  const auto params = default_params(indicator);
  Engine({{&indicator, params}}, mode).compute({&in, 1}, out);
  return columns;
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

constexpr Mode kModes[] = {Mode::causal, Mode::ta, Mode::fillna};

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

// All tasks of the table over many tickers, in up to `lanes` lanes: a column for each ticker and
// output.
template <class T>
std::vector<std::vector<T>> run_group(std::span<const Market> markets, Mode mode, int lanes) {
  std::vector<std::vector<double>> params;
  for (const auto* indicator : indicators()) params.push_back(default_params(*indicator));
  std::vector<Task> tasks;
  for (std::size_t k = 0; k < params.size(); ++k) tasks.push_back({indicators()[k], params[k]});
  Engine engine(tasks, mode, lanes);
  std::vector<Inputs> inputs;
  std::vector<std::vector<T>> columns;
  for (const auto& market : markets) {
    inputs.push_back(market.all());
    columns.resize(columns.size() + engine.columns(), std::vector<T>(market.close.size(), T{-1}));
  }
  std::vector<T*> out;
  for (auto& column : columns) out.push_back(column.data());
  engine.compute(inputs, out);
  return columns;
}

// Tickers of every length around the blocks, some with gaps, one empty, in no order of length.
std::vector<Market> many_markets() {
  std::vector<Market> markets;
  unsigned seed = 0;
  for (const std::size_t rows :
       {63U, 300U, 0U, 1U, 64U, 65U, 127U, 14U, 128U, 129U, 40U, 200U, 27U, 28U, 256U}) {
    ++seed;
    markets.push_back(random_market(rows, seed, seed % 3 == 0));
  }
  return markets;
}

TEST(EngineTest, EveryWidthGivesTheBitsOfOneTicker) {
  const auto markets = many_markets();
  ASSERT_EQ(lane_widths().front(), 1);
  for (const Mode mode : kModes) {
    const auto one = run_group<double>(markets, mode, 1);
    for (const int lanes : lane_widths()) {
      const auto many = run_group<double>(markets, mode, lanes);
      const auto narrow = run_group<float>(markets, mode, lanes);
      ASSERT_EQ(many.size(), one.size());
      for (std::size_t c = 0; c < one.size(); ++c) {
        for (std::size_t i = 0; i < one[c].size(); ++i) {
          ASSERT_TRUE(same_bits(one[c][i], many[c][i]))
              << lanes << " lanes, column " << c << " row " << i << ": " << one[c][i] << " and "
              << many[c][i];
          ASSERT_TRUE(same_bits(static_cast<float>(one[c][i]), narrow[c][i]))
              << lanes << " lanes, float, column " << c << " row " << i;
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

}  // namespace
}  // namespace signals::ta
