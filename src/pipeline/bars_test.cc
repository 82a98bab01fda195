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
  ASSERT_EQ(result.fetched.rows.size(), 2U);
  EXPECT_EQ(result.fetched.rows[0].open, 10);
  EXPECT_TRUE(std::isnan(result.fetched.rows[1].open));
  EXPECT_EQ(result.left_out[LeftOut::no_price], 2);
  EXPECT_EQ(result.left_out[LeftOut::not_positive], 1);
  EXPECT_EQ(result.left_out[LeftOut::live], 1);
  EXPECT_EQ(result.left_out[LeftOut::outside_window], 1);
}

TEST(AcceptTest, TheLaterOfTwoRowsOfADateWins) {
  const auto result =
      accept_bars({bar("2022-01-04", 11), bar("2022-01-03", 10), bar("2022-01-04", 12)});
  ASSERT_EQ(result.fetched.rows.size(), 2U);
  EXPECT_EQ(result.fetched.rows[1].close, 12);
  EXPECT_EQ(result.left_out[LeftOut::duplicate], 1);
}

TEST(AcceptTest, AYoungRowWaitsForConfirmation) {
  const auto result = accept_bars({bar("2022-10-03", 10), bar("2022-10-20", 10)});
  ASSERT_EQ(result.fetched.rows.size(), 2U);
  EXPECT_TRUE(result.fetched.rows[0].settled);
  EXPECT_FALSE(result.fetched.rows[1].settled);
}

TEST(AcceptTest, ASessionThatIsNotOverIsLiveWhateverTheSourceSays) {
  auto today = bar("2022-10-21", 10);
  today.session_end = kNow + hours(1);
  const auto result = accept_bars({bar("2022-10-20", 10), today});
  EXPECT_EQ(result.fetched.rows.size(), 1U);
  EXPECT_EQ(result.left_out[LeftOut::live], 1);
}

TEST(AcceptTest, DividendsStandInThePricesUnit) {
  History history;
  history.currency = Label{"GBp"};
  history.bars = {bar("2022-01-03", 100)};
  history.dividends = {{day("2022-01-03"), 1, {}},
                       {day("2022-01-03"), 2, Label{"GBp"}},
                       {day("2022-01-04"), 0.03, Label{"GBP"}},
                       {day("2022-01-04"), 5, Label{"USD"}},
                       {day("2023-01-01"), 9, {}}};
  history.splits = {{day("2022-01-04"), 2}, {day("2022-01-04"), 3}};
  const auto result = accept(history, kWindow, kNow);
  using Events = std::map<Date, double>;
  EXPECT_EQ(result.fetched.dividends, (Events{{day("2022-01-03"), 3}, {day("2022-01-04"), 3}}));
  EXPECT_EQ(result.fetched.splits, (Events{{day("2022-01-04"), 6}}));
  ASSERT_EQ(result.foreign_dividends.size(), 1U);
  EXPECT_EQ(result.foreign_dividends[0].first, day("2022-01-04"));
}

std::vector<PriceRow> rows_of(const Accepted& accepted) {
  std::vector<PriceRow> rows;
  for (std::size_t i = 0; i < accepted.fetched.rows.size(); ++i) {
    rows.push_back(accepted.fetched.rows[i]);
  }
  return rows;
}

// One fetch laid over stored rows of 2022.
struct Merged {
  std::vector<PriceRow> rows;
  MergeCounts counts;
};
Merged merge(const std::vector<PriceRow>& stored, const Fetched& fetched) {
  Merged result;
  TickerMerge merge(fetched);
  result.rows = merge.next_year(2022, stored, result.counts);
  return result;
}

Fetched fetch(std::string_view from, std::string_view to,
              const std::vector<std::string_view>& dates, std::map<Date, double> dividends = {}) {
  Fetched fetched;
  fetched.window = {day(from), day(to)};
  std::vector<SourceBar> bars;
  for (const auto date : dates) bars.push_back(bar(date, 10));
  fetched.rows = accept_bars(bars).fetched.rows;
  fetched.dividends = std::move(dividends);
  return fetched;
}

TEST(MergeTest, AddsReplacesKeepsAndConfirms) {
  const auto stored =
      rows_of(accept_bars({bar("2022-10-17", 10), bar("2022-10-18", 11), bar("2022-10-19", 12)}));
  Fetched fetched;
  fetched.window = kWindow;
  fetched.rows =
      accept_bars({bar("2022-10-18", 11), bar("2022-10-19", 12.5), bar("2022-10-20", 13)})
          .fetched.rows;
  fetched.rows.fetched_at = kNow + hours(24);
  const auto [merged, counts] = merge(stored, fetched);
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
  Fetched fetched = fetch("2022-10-17", "2022-10-22", {"2022-10-17", "2022-10-20"});
  const auto stored = merge({}, fetched).rows;
  fetched.rows.fetched_at = kNow + hours(5);
  const auto [merged, counts] = merge(stored, fetched);
  EXPECT_FALSE(counts.any_change());
  EXPECT_EQ(counts.kept, 2);
}

TEST(MergeTest, AnOlderRunDoesNotOverwriteANewer) {
  auto newer = fetch("2022-10-17", "2022-10-22", {"2022-10-17"});
  newer.rows.fetched_at = kNow + hours(2);
  newer.rows.bars[0].close = 9.5;
  const auto stored = merge({}, newer).rows;
  const auto [merged, counts] = merge(stored, fetch("2022-10-17", "2022-10-22", {"2022-10-17"}));
  EXPECT_EQ(merged[0].close, 9.5);
  EXPECT_FALSE(counts.any_change());
  // But a history on a new scale leaves none on the old one.
  auto split = fetch("2022-10-17", "2022-10-22", {"2022-10-17"});
  split.rows.bars[0].close = 2;
  split.replaces = true;
  EXPECT_EQ(merge(stored, split).rows[0].close, 2);
}

TEST(MergeTest, AnEventOfADayWithoutABarActsOnTheNext) {
  const Date gap = day("2022-10-14");
  // Inside a window, and on the first bar of a window that begins behind the gap.
  const auto whole =
      merge({}, fetch("2022-10-10", "2022-10-22", {"2022-10-13", "2022-10-17"}, {{gap, 1}}));
  EXPECT_EQ(whole.rows[1].dividend, 1);
  const auto before = merge({}, fetch("2022-10-10", "2022-10-15", {"2022-10-13"}, {{gap, 1}}));
  const auto after =
      merge(before.rows, fetch("2022-10-15", "2022-10-22", {"2022-10-17"}, {{gap, 1}}));
  ASSERT_EQ(after.rows.size(), 2U);
  EXPECT_EQ(after.rows[1].dividend, 1);
  EXPECT_EQ(after.rows[1].dividend_factor, whole.rows[1].dividend_factor);
  // History put in front: the event acts on the stored bar behind the window.
  const auto alone = merge({}, fetch("2022-10-17", "2022-10-22", {"2022-10-17"}));
  const auto front =
      merge(alone.rows, fetch("2022-10-10", "2022-10-15", {"2022-10-13"}, {{gap, 1}}));
  EXPECT_EQ(front.rows[1].dividend, 1);
  EXPECT_EQ(front.counts.changed, 1);
}

TEST(MergeTest, ABarFilledInLaterTakesItsEventBack) {
  const std::map<Date, double> paid = {{day("2022-10-14"), 1}};
  const auto gap = merge({}, fetch("2022-10-10", "2022-10-22", {"2022-10-13", "2022-10-17"}, paid));
  EXPECT_EQ(gap.rows[1].dividend, 1);
  for (const auto& again :
       {fetch("2022-10-10", "2022-10-22", {"2022-10-13", "2022-10-14", "2022-10-17"}, paid),
        fetch("2022-10-14", "2022-10-15", {"2022-10-14"}, paid)}) {
    const auto filled = merge(gap.rows, again);
    ASSERT_EQ(filled.rows.size(), 3U);
    EXPECT_EQ(filled.rows[1].dividend, 1);
    EXPECT_EQ(filled.rows[2].dividend, 0);
  }
}

TEST(MergeTest, AWithdrawnEventIsTakenBack) {
  const auto paid = merge({}, fetch("2022-10-10", "2022-10-22", {"2022-10-13", "2022-10-17"},
                                    {{day("2022-10-17"), 1}}));
  const auto withdrawn = merge(paid.rows, fetch("2022-10-17", "2022-10-22", {"2022-10-17"}));
  EXPECT_EQ(withdrawn.rows[1].dividend, 0);
  EXPECT_EQ(withdrawn.rows[1].dividend_factor, 1);
}

TEST(FactorTest, GrowsForwardByEachDividend) {
  auto rows =
      rows_of(accept_bars({bar("2022-01-03", 100), bar("2022-01-04", 50), bar("2022-01-05", 60),
                           bar("2022-01-06", 60), bar("2022-01-07", 60)}));
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
