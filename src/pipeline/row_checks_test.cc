#include "pipeline/row_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signals {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PriceRow row(double close, std::int64_t volume = 100) {
  return {.date = Date{std::chrono::days(19000)},
          .open = close,
          .high = close * 1.01,
          .low = close * 0.99,
          .close = close,
          .volume = volume};
}

PriceRow flat(double close, std::int64_t volume = 0) {
  PriceRow one = row(close, volume);
  one.high = one.low = close;
  return one;
}

std::vector<std::string_view> names(const PriceRow& one, double before) {
  std::vector<std::string_view> result;
  for (const auto& flag : check_row(one, before)) result.push_back(flag.flag);
  return result;
}

TEST(RowChecksTest, AnOrdinaryBarHasNoFlag) {
  EXPECT_THAT(names(row(10), 9), IsEmpty());
  EXPECT_THAT(names(row(10), kUnknown), IsEmpty());
}

TEST(RowChecksTest, OpenAndCloseStandBetweenLowAndHigh) {
  PriceRow one = row(10);
  one.high = 9.9;
  ASSERT_THAT(names(one, 10), ElementsAre("ohlc_violation"));
  EXPECT_NEAR(check_row(one, 10).front().value, 0.01, 1e-9);
  one = row(10);
  one.open = 9;
  EXPECT_THAT(names(one, 10), ElementsAre("ohlc_violation"));
  one = row(10);
  std::swap(one.high, one.low);
  EXPECT_THAT(names(one, 10), ElementsAre("ohlc_violation"));
  one = row(10);
  one.open = kUnknown;
  EXPECT_THAT(names(one, 10), IsEmpty());
}

TEST(RowChecksTest, AHundredfoldPriceIsAJump) {
  EXPECT_THAT(names(row(1000), 10), ElementsAre("jump"));
  EXPECT_THAT(names(row(0.1), 10), ElementsAre("jump"));
  EXPECT_THAT(names(row(500), 10), IsEmpty());
  PriceRow pence = row(1000);
  pence.currency = Label{"GBp"};
  EXPECT_THAT(names(pence, 10), ElementsAre("jump", "minor_units"));
  EXPECT_THAT(names(pence, 1000), IsEmpty());
  pence.low = 10;  // one field in pounds
  EXPECT_THAT(names(pence, 1000), ElementsAre("minor_units"));
  pence.currency = Label{"USD"};
  EXPECT_THAT(names(pence, 1000), IsEmpty());
}

TEST(RowChecksTest, AFlatBarAtTheCloseBeforeIsNoTrade) {
  EXPECT_THAT(names(flat(10), 10), ElementsAre("no_trade"));
  EXPECT_THAT(names(flat(10), 10.1), IsEmpty());
  EXPECT_THAT(names(flat(10, 5), 10), IsEmpty());
  EXPECT_THAT(names(flat(10), kUnknown), IsEmpty());
}

TEST(RowChecksTest, DividendsThatAreNotAppliedAreSuspect) {
  PriceRow paid = row(10);
  paid.dividend = 1;
  EXPECT_THAT(names(paid, 10), IsEmpty());
  paid.dividend = 5;
  EXPECT_THAT(names(paid, 10), ElementsAre("suspect_dividend"));
  paid.dividend = 1;
  paid.split_ratio = 2;
  EXPECT_THAT(names(paid, 10), ElementsAre("suspect_dividend"));
  EXPECT_THAT(names(paid, kUnknown), IsEmpty());
}

TEST(RowChecksTest, MostOfAnExchangeMakesAHoliday) {
  EXPECT_TRUE(is_holiday_copy({10, 8}));
  EXPECT_FALSE(is_holiday_copy({10, 7}));
  EXPECT_FALSE(is_holiday_copy({4, 4}));
}

TEST(RowChecksTest, ASessionIsWhenAFifthTraded) {
  const auto day = [](int n) { return Date{std::chrono::days(n)}; };
  const DayCounts days = {{day(1), {10, 0}}, {day(2), {10, 9}}, {day(3), {2, 0}}, {day(4), {1, 0}}};
  EXPECT_THAT(sessions_of(days, 10), ElementsAre(day(1), day(3)));
  EXPECT_THAT(sessions_of(days, 4), IsEmpty());
}

}  // namespace
}  // namespace signals
