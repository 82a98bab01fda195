#include "dataset/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signals {
namespace {

using testing::ElementsAre;

Date day(const char* text) { return parse_date(text).value(); }
Instant at(const char* text) { return parse_instant(text).value(); }

TEST(CalendarTest, FridaysForHistoryAndWeekdaysSinceRoundsAreDaily) {
  const auto dates =
      calendar_dates(Calendar::both, kDailySince, day("2022-10-14"), day("2022-10-31"));
  EXPECT_THAT(
      dates, ElementsAre(day("2022-10-14"), day("2022-10-21"), day("2022-10-25"), day("2022-10-26"),
                         day("2022-10-27"), day("2022-10-28"), day("2022-10-31")));
  EXPECT_THAT(calendar_dates(Calendar::weekly, kDailySince, day("2022-10-14"), day("2022-10-31")),
              ElementsAre(day("2022-10-14"), day("2022-10-21"), day("2022-10-28")));
  EXPECT_THAT(calendar_dates(Calendar::daily, kDailySince, day("2022-10-13"), day("2022-10-17")),
              ElementsAre(day("2022-10-13"), day("2022-10-14"), day("2022-10-17")));
  EXPECT_TRUE(is_weekly(day("2022-10-28")));
  EXPECT_FALSE(is_weekly(day("2022-10-27")));
}

TEST(CalendarTest, AHolidayFridayIsADateToo) {
  EXPECT_THAT(calendar_dates(Calendar::weekly, kDailySince, day("2022-04-15"), day("2022-04-15")),
              ElementsAre(day("2022-04-15")));  // Good Friday
  EXPECT_TRUE(
      calendar_dates(Calendar::daily, kDailySince, day("2022-04-17"), day("2022-04-16")).empty());
}

TEST(CalendarTest, TheRoundsDateIsTheLastWeekdayWhoseNewYorkAfternoonIsOver) {
  EXPECT_EQ(round_date(at("2022-10-21T20:59:59Z")), day("2022-10-20"));  // summer time: 16:59
  EXPECT_EQ(round_date(at("2022-10-21T21:00:00Z")), day("2022-10-21"));
  EXPECT_EQ(round_date(at("2022-12-02T21:30:00Z")), day("2022-12-01"));  // winter time: 16:30
  EXPECT_EQ(round_date(at("2022-12-02T22:00:00Z")), day("2022-12-02"));
  EXPECT_EQ(round_date(at("2022-10-23T23:00:00Z")), day("2022-10-21"));  // Sunday
  EXPECT_EQ(round_date(at("2022-10-24T12:00:00Z")), day("2022-10-21"));  // Monday noon
}

TEST(CalendarTest, WordsAndBack) {
  for (const auto calendar : {Calendar::weekly, Calendar::daily, Calendar::both}) {
    EXPECT_EQ(find_calendar(to_string(calendar)), calendar);
  }
  EXPECT_EQ(find_calendar("monthly"), std::nullopt);
}

}  // namespace
}  // namespace signals
