// Many tickers side by side give what each gives alone.
#include "ta/engine.h"

#include <gtest/gtest.h>

#include "ta/test_market.h"

namespace signals::ta {
namespace {

// All tasks of the table over many tickers, in up to `lanes` lanes: a column for each ticker and
// output.
template <class T>
std::vector<std::vector<T>> run_group(std::span<const Market> markets, Mode mode, int lanes,
                                      std::vector<std::vector<double>> params = {}) {
  if (params.empty()) {
    for (const auto* indicator : indicators()) params.push_back(default_params(*indicator));
  }
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

// Other windows than the defaults: the least, odd ones, longer than the history.
TEST(EngineTest, EveryWidthGivesTheSameBitsForAnyParameters) {
  const auto markets = many_markets();
  std::mt19937_64 random(5);
  for (int round = 0; round < 6; ++round) {
    std::vector<std::vector<double>> params;
    for (const auto* indicator : indicators()) {
      params.emplace_back();
      for (const auto& param : indicator->params) {
        const double most = round == 1 ? 300 : 40;
        const double greatest = std::min(param.max, std::max(param.min, most));
        std::uniform_real_distribution<double> value(param.min, greatest);
        const double chosen = round == 0 ? param.min : value(random);
        params.back().push_back(param.integer ? std::floor(chosen) : chosen);
      }
    }
    for (const Mode mode : kModes) {
      const auto one = run_group<double>(markets, mode, 1, params);
      for (const int lanes : lane_widths().subspan(1)) {
        const auto many = run_group<double>(markets, mode, lanes, params);
        for (std::size_t c = 0; c < one.size(); ++c) {
          for (std::size_t i = 0; i < one[c].size(); ++i) {
            ASSERT_TRUE(same_bits(one[c][i], many[c][i]))
                << lanes << " lanes, round " << round << " column " << c << " row " << i;
          }
        }
      }
    }
  }
}

TEST(EngineTest, NoTickersAndNoTasksAreFine) {
  Engine(std::vector<Task>{}, Mode::ta).compute({}, std::span<double* const>());
  EXPECT_TRUE(run_group<float>({}, Mode::causal, 0).empty());
}

}  // namespace
}  // namespace signals::ta
