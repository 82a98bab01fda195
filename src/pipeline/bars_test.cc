#include "pipeline/bars.h"

#include <gtest/gtest.h>

#include <cmath>

namespace signals {
namespace {

using std::chrono::days;
using std::chrono::hours;

Date day(std::string_view text) { return parse_date(text).value(); }
const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();
const Window kWindow{parse_date("2020-01-01").value(), parse_date("2023-01-01").value()};

SourceBar bar(std::string_view date, double close, std::int64_t volume = 100) {
  return {.date = day(date),
          .open = close,
          .high = close + 1,
          .low = close - 1,
          .close = close,
          .volume = volume,
          .session_end = start_of(day(date)) + hours(20)};
}

Accepted accept_bars(std::vector<SourceBar> bars) {
  History history;
  history.bars = std::move(bars);
  return accept(history, kWindow, kNow);
}

TEST(AcceptTest, StoresOnlyBarsWithThreeGoodPrices) {
  auto no_open = bar("2022-01-04", 10);
  no_open.open = 0;
  auto no_high = bar("2022-01-05", 10);
  no_high.high = kUnknown;
  auto infinite = bar("2022-01-06", 10);
  infinite.close = std::numeric_limits<double>::infinity();
  auto zero_low = bar("2022-01-07", 10);
  zero_low.low = 0;
  auto live = bar("2022-10-21", 10);
  live.live = true;
  const auto result = accept_bars(
      {bar("2022-01-03", 10), no_open, no_high, infinite, zero_low, live, bar("2019-12-31", 10)});
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_EQ(result.rows[0].open, 10);
  EXPECT_TRUE(std::isnan(result.rows[1].open));
  EXPECT_EQ(result.left_out[LeftOut::no_price], 2);
  EXPECT_EQ(result.left_out[LeftOut::not_positive], 1);
  EXPECT_EQ(result.left_out[LeftOut::live], 1);
  EXPECT_EQ(result.left_out[LeftOut::outside_window], 1);
}

TEST(AcceptTest, TheLaterOfTwoRowsOfADateWins) {
  const auto result =
      accept_bars({bar("2022-01-04", 11), bar("2022-01-03", 10), bar("2022-01-04", 12)});
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_EQ(result.rows[1].close, 12);
  EXPECT_EQ(result.left_out[LeftOut::duplicate], 1);
}

TEST(AcceptTest, AYoungRowWaitsForConfirmation) {
  const auto result = accept_bars({bar("2022-10-03", 10), bar("2022-10-20", 10)});
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_TRUE(result.rows[0].settled);
  EXPECT_FALSE(result.rows[1].settled);
}

TEST(AcceptTest, EventsActOnTheirDayOrTheNextBar) {
  History history;
  history.currency = Label{"GBp"};
  history.bars = {bar("2022-01-03", 100), bar("2022-01-05", 100), bar("2022-01-06", 100)};
  history.dividends = {{day("2022-01-04"), 2, {}},
                       {day("2022-01-05"), 1, Label{"GBp"}},
                       {day("2022-01-06"), 0.03, Label{"GBP"}},
                       {day("2022-01-06"), 5, Label{"USD"}},
                       {day("2022-01-07"), 9, {}}};
  history.splits = {{day("2022-01-04"), 2}, {day("2022-01-05"), 3}};
  const auto result = accept(history, kWindow, kNow);
  EXPECT_EQ(result.rows[0].dividend, 0);
  EXPECT_EQ(result.rows[1].dividend, 3);
  EXPECT_EQ(result.rows[2].dividend, 3);  // 0.03 pounds
  EXPECT_EQ(result.rows[1].split_ratio, 6);
  EXPECT_EQ(result.foreign_dividends, 1);
}

TEST(MergeTest, AddsReplacesKeepsAndConfirms) {
  auto stored =
      accept_bars({bar("2022-10-17", 10), bar("2022-10-18", 11), bar("2022-10-19", 12)}).rows;
  auto fetched =
      accept_bars({bar("2022-10-18", 11), bar("2022-10-19", 12.5), bar("2022-10-20", 13)}).rows;
  for (auto& row : fetched) row.fetched_at = kNow + hours(24);
  MergeCounts counts;
  const auto merged = merge(stored, fetched, counts);
  ASSERT_EQ(merged.size(), 4U);
  EXPECT_EQ(counts.added, 1);
  EXPECT_EQ(counts.changed, 1);
  EXPECT_EQ(counts.kept, 1);
  EXPECT_EQ(counts.confirmed, 1);
  EXPECT_EQ(merged[1].fetched_at, kNow);  // when these values were first seen
  EXPECT_TRUE(merged[1].settled);
  EXPECT_EQ(merged[2].fetched_at, kNow + hours(24));
  EXPECT_FALSE(merged[2].settled);
}

TEST(MergeTest, TheSameAgainChangesNothing) {
  const auto rows = accept_bars({bar("2022-10-17", 10), bar("2022-10-20", 11)}).rows;
  auto soon = rows;
  for (auto& row : soon) row.fetched_at = kNow + hours(5);
  MergeCounts counts;
  (void)merge(rows, soon, counts);
  EXPECT_FALSE(counts.any_change());
  EXPECT_EQ(counts.kept, 2);
}

TEST(MergeTest, AnEventBeforeTheWindowStaysOnItsFirstRow) {
  auto stored = accept_bars({bar("2022-10-17", 10), bar("2022-10-18", 10)}).rows;
  stored[0].dividend = 0.5;
  stored[1].dividend = 0.5;
  const auto fetched = accept_bars({bar("2022-10-17", 10), bar("2022-10-18", 10)}).rows;
  MergeCounts counts;
  const auto merged = merge(stored, fetched, counts);
  EXPECT_EQ(merged[0].dividend, 0.5);
  EXPECT_EQ(merged[1].dividend, 0);  // the source was asked about this one
  EXPECT_EQ(counts.changed, 1);
}

TEST(FactorTest, GrowsForwardByEachDividend) {
  auto rows = accept_bars({bar("2022-01-03", 100), bar("2022-01-04", 50), bar("2022-01-05", 60),
                           bar("2022-01-06", 60), bar("2022-01-07", 60)})
                  .rows;
  rows[0].dividend = 5;  // no close before it
  rows[1].dividend = 10;
  rows[2].dividend = 25;  // half the last close
  rows[3].dividend = 6;
  rows[3].split_ratio = 2;  // on the day of a split
  rows[4].dividend = 6;
  FactorState state;
  chain_factors(rows, state);
  EXPECT_EQ(rows[0].dividend_factor, 1);
  EXPECT_EQ(rows[1].dividend_factor, 1 / (1 - 10.0 / 100));
  EXPECT_EQ(rows[2].dividend_factor, rows[1].dividend_factor);
  EXPECT_EQ(rows[3].dividend_factor, rows[1].dividend_factor);
  EXPECT_EQ(rows[4].dividend_factor, rows[1].dividend_factor * (1 / (1 - 6.0 / 60)));
  EXPECT_EQ(state.close, 60);

  // The chain continues from any row bit for bit.
  auto tail = std::vector(rows.begin() + 2, rows.end());
  FactorState middle{rows[1].close, rows[1].dividend_factor};
  chain_factors(tail, middle);
  EXPECT_EQ(tail.back().dividend_factor, rows.back().dividend_factor);
}

}  // namespace
}  // namespace signals
