#include "python/frame.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "features/compute.h"

namespace signals {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Dates = std::vector<std::int64_t>;
using Tickers = std::vector<std::int32_t>;

RowOrder order_of(const Dates& dates, const Tickers& tickers, std::int64_t per_day = 1) {
  return RowOrder({dates.size(), dates, per_day, tickers});
}

TEST(RowOrderTest, KeepsRowsThatAreInOrder) {
  const auto order = order_of({3, 4, 1, 9}, {1, 1, 0, 0});
  EXPECT_THAT(order.sorted(), IsEmpty());
  ASSERT_EQ(order.groups().size(), 2U);
  EXPECT_EQ(order.groups()[1].begin, 2U);
  EXPECT_EQ(order.groups()[1].end, 4U);
}

TEST(RowOrderTest, SortsByTickerThenDate) {
  EXPECT_THAT(order_of({3, 3, 1, 2, 2}, {0, 1, 0, 1, 0}).sorted(), ElementsAre(2, 4, 0, 3, 1));
  // A ticker that comes back after another.
  EXPECT_THAT(order_of({1, 1, 2}, {0, 1, 0}).sorted(), ElementsAre(0, 2, 1));
  EXPECT_THAT(order_of({2, 1}, {}).sorted(), ElementsAre(1, 0));
}

TEST(RowOrderTest, DatesAreDaysAlsoBefore1970) {
  const auto order = order_of({-25, -24, -1, 0, 24}, {0, 1, 2, 3, 4}, 24);
  std::vector<std::int64_t> days;
  for (const Date date : order.dates()) days.push_back(date.time_since_epoch().count());
  EXPECT_THAT(days, ElementsAre(-2, -1, -1, 0, 1));
}

TEST(RowOrderTest, NamesTheFirstProblem) {
  EXPECT_FALSE(order_of({1, 2, 1, 2}, {0, 0, 1, 1}).problem());
  const auto duplicate = order_of({1, 2, 1, 1}, {0, 0, 1, 1}).problem();
  ASSERT_TRUE(duplicate);
  EXPECT_EQ(duplicate->kind, RowProblem::Kind::duplicate);
  EXPECT_EQ(duplicate->row, 2U);
  EXPECT_EQ(duplicate->other, 3U);
  const auto same_day = order_of({30, 5, 47}, {}, 24).problem();
  ASSERT_TRUE(same_day);
  EXPECT_EQ(same_day->row, 0U);
  EXPECT_EQ(same_day->other, 2U);
  EXPECT_EQ(order_of({1, kNoDate}, {}).problem()->kind, RowProblem::Kind::no_date);
  EXPECT_EQ(order_of({1, 2}, {0, -1}).problem()->kind, RowProblem::Kind::no_ticker);
}

TEST(RowOrderTest, MarksRowsThatHaveHistory) {
  bool kept[5];
  order_of({3, 3, 1, 2, 2}, {0, 1, 0, 1, 0}).mark_rows_after(1, kept);
  EXPECT_THAT(kept, ElementsAre(true, true, false, false, true));
}

// Random bars of tickers of different lengths, in the order of the dates or shuffled.
struct Market {
  Dates dates;
  Tickers tickers;
  std::vector<double> high, low, close, volume;

  explicit Market(bool shuffled) {
    std::mt19937 random(7);
    std::vector<std::pair<std::int64_t, std::int32_t>> keys;
    for (std::int32_t t = 0; t < 37; ++t) {
      for (std::int64_t day = 0; day < 60 + 3 * t; ++day) keys.emplace_back(day, t);
    }
    std::ranges::sort(keys);
    if (shuffled) std::ranges::shuffle(keys, random);
    std::uniform_real_distribution<double> step(-1, 1);
    for (const auto& [day, ticker] : keys) {
      dates.push_back(day);
      tickers.push_back(ticker);
      close.push_back(50 + step(random));
      high.push_back(close.back() + 1);
      low.push_back(close.back() - 1);
      volume.push_back(day % 7 == 0 ? 0 : 1000 * (2 + step(random)));
    }
  }
  [[nodiscard]] ta::Inputs bars() const { return {close, high, low, close, volume}; }
};

FeaturePlan plan_of(ta::Mode mode) {
  FeatureConfig config;
  config.lags = {1, 3};
  config.mode = mode;
  config.na = NaPolicy::keep;
  return *make_plan(config);
}

std::vector<double> features_of(const Market& market, const FeaturePlan& plan, int threads,
                                bool keep_infinite) {
  const RowOrder order({market.dates.size(), market.dates, 1, market.tickers});
  std::vector<double> block(plan.columns.size() * order.rows(), -99);
  compute_frame<double>(plan, order, market.bars(), {block.data(), order.rows(), keep_infinite},
                        threads);
  return block;
}

TEST(ComputeFrameTest, EveryRowHasItsOwnTickersFeatures) {
  const auto plan = plan_of(ta::Mode::ta);
  for (const bool shuffled : {false, true}) {
    const Market market(shuffled);
    const std::size_t rows = market.dates.size();
    const auto block = features_of(market, plan, 1, true);
    for (std::int32_t t = 0; t < 37; ++t) {
      std::vector<std::pair<std::int64_t, std::size_t>> mine;
      for (std::size_t i = 0; i < rows; ++i) {
        if (market.tickers[i] == t) mine.emplace_back(market.dates[i], i);
      }
      std::ranges::sort(mine);
      std::vector<Date> dates(mine.size());
      std::vector<double> high, low, close, volume;
      for (const auto& [date, row] : mine) {
        high.push_back(market.high[row]);
        low.push_back(market.low[row]);
        close.push_back(market.close[row]);
        volume.push_back(market.volume[row]);
      }
      GroupFeatures<double> alone(plan);
      const TickerInput input{dates, {close, high, low, close, volume}};
      alone.compute({&input, 1});
      for (std::size_t c = 0; c < plan.columns.size(); ++c) {
        for (std::size_t i = 0; i < mine.size(); ++i) {
          const double expected = alone.columns(0)[c][i];
          const double found = block[c * rows + mine[i].second];
          ASSERT_TRUE(found == expected || (std::isnan(found) && std::isnan(expected)))
              << plan.columns[c] << " ticker " << t << " position " << i;
        }
      }
    }
  }
}

TEST(ComputeFrameTest, ThreadsChangeNothingAndInfinitiesAreUnknown) {
  const auto plan = plan_of(ta::Mode::ta);
  const Market market(false);
  const auto with = features_of(market, plan, 1, true);
  const auto without = features_of(market, plan, 1, false);
  const auto threaded = features_of(market, plan, 4, true);
  std::size_t infinite = 0;
  for (std::size_t i = 0; i < with.size(); ++i) {
    ASSERT_EQ(std::isnan(without[i]), !std::isfinite(with[i]));
    ASSERT_TRUE(threaded[i] == with[i] || std::isnan(with[i]));
    infinite += std::isinf(with[i]) ? 1 : 0;
  }
  EXPECT_GT(infinite, 0U);  // zero volume
}

TEST(MarkValidTest, SetsABitForEachNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> block(2 * 11, 1.0);
  block[1] = block[9] = nan;
  std::vector<std::uint8_t> bits(2 * 4, 0);
  EXPECT_THAT(mark_valid(block.data(), 2, 11, bits.data(), 4, 2), ElementsAre(2, 0));
  EXPECT_THAT(bits, ElementsAre(0b11111101, 0b101, 0, 0, 0b11111111, 0b111, 0, 0));
}

}  // namespace
}  // namespace signals
