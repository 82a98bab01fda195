#include "pipeline/schedule.h"

#include <gtest/gtest.h>

namespace signals {
namespace {

using std::chrono::days;
using std::chrono::hours;

Date day(std::string_view text) { return parse_date(text).value(); }
const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();

Target target() { return {{day("2003-01-01"), day("2022-10-23")}, false, kNow, kNow - hours(24)}; }

SymbolRow known() {
  return {.ticker = "A",
          .asked_from = day("2003-01-01"),
          .asked_to = day("2022-10-20"),
          .last_ok = kNow - hours(24)};
}

std::vector<Date> weekdays(Date from, Date to) {
  std::vector<Date> dates;
  for (Date date = from; date < to; date += days(1)) {
    const unsigned weekday = std::chrono::weekday{date}.iso_encoding();
    if (weekday <= 5) dates.push_back(date);
  }
  return dates;
}

const std::vector<Date> kDates = weekdays(day("2022-08-22"), day("2022-10-21"));

Ask ask(const SymbolRow& row, const Target& wanted = target()) {
  // A name whose day of being read again is not near.
  for (const auto* name : {"A", "B", "C"}) {
    if (!is_reread_due(name, day("2022-10-01"), day("2022-10-22"))) {
      return decide_ask(name, &row, kDates, wanted);
    }
  }
  return {Asking::nothing};
}

TEST(ScheduleTest, AFirstLoadAsksForAll) {
  const Ask all = decide_ask("A", nullptr, {}, target());
  EXPECT_EQ(all.what, Asking::whole);
  EXPECT_EQ(all.window.from, day("2003-01-01"));
}

TEST(ScheduleTest, LaterOnesAskForTenSessionsAndWhatIsMissing) {
  const Ask some = ask(known());
  EXPECT_EQ(some.what, Asking::window);
  // Ten sessions before the 20th are the 6th; fifteen days are the 5th.
  EXPECT_EQ(some.window.from, day("2022-10-05"));
  EXPECT_EQ(some.window.to, day("2022-10-23"));

  SymbolRow rare = known();
  const std::vector<Date> few = {day("2022-08-25"), day("2022-09-30"), day("2022-10-19")};
  EXPECT_EQ(decide_ask("C", &rare, few, target()).window.from, day("2022-08-25"));
}

TEST(ScheduleTest, DaysWithoutPricesAreAskedForAgain) {
  SymbolRow row = known();
  row.recheck_from = day("2022-08-24");
  EXPECT_EQ(ask(row).window.from, day("2022-08-24"));
}

TEST(ScheduleTest, WhatAWindowedLoadLeftOpenIsFilled) {
  SymbolRow row = known();
  row.asked_from = day("2020-01-01");
  EXPECT_EQ(ask(row).what, Asking::whole);
  EXPECT_EQ(ask(row).window.from, day("2003-01-01"));
  row.first_trade_date = day("2020-03-01");
  EXPECT_EQ(ask(row).what, Asking::window);
  row.asked_to = day("2021-06-01");
  EXPECT_EQ(ask(row).window.from, day("2021-06-01") - days(15));
}

TEST(ScheduleTest, ANamedStartIsAskedForAsItIs) {
  Target exact = target();
  exact.exact = true;
  exact.window.from = day("2015-01-01");
  const Ask all = ask(known(), exact);
  EXPECT_EQ(all.what, Asking::window);
  EXPECT_EQ(all.window.from, day("2015-01-01"));
}

TEST(ScheduleTest, AnInterruptedRunsAnswersAreNotAskedForAgain) {
  SymbolRow row = known();
  row.last_ok = kNow - hours(1);
  row.asked_to = day("2022-10-21");
  EXPECT_EQ(ask(row).what, Asking::nothing);
  Target later = target();
  later.last_complete = kNow;  // the run has ended: this is another one
  EXPECT_EQ(ask(row, later).what, Asking::window);
  later = target();
  later.now = kNow + hours(6);  // it was too long ago
  EXPECT_EQ(ask(row, later).what, Asking::window);
  row.asked_from = day("2020-01-01");  // it asked for something else
  EXPECT_EQ(ask(row).what, Asking::whole);
  row = known();
  row.last_ok = kNow - hours(1);
  row.status = kHeld;
  EXPECT_EQ(ask(row).what, Asking::whole);
}

TEST(ScheduleTest, QuarantinedNamesRestUntilTheirDay) {
  SymbolRow row = known();
  row.status = kQuarantined;
  row.failures = 3;
  row.failed_on = day("2022-10-20");
  EXPECT_EQ(ask(row).what, Asking::resting);
  row.failed_on = day("2022-10-19");
  EXPECT_NE(ask(row).what, Asking::resting);
  row.status = kEnded;
  EXPECT_EQ(ask(row).what, Asking::resting);
}

TEST(ScheduleTest, EachTickerIsReadAgainOnOneDayOfSixty) {
  int due = 0;
  for (int i = 0; i < 6000; ++i) {
    std::string ticker("T");
    ticker += std::to_string(i);
    int times = 0;
    for (int d = 0; d < 60; ++d) {
      const Date today = day("2022-10-21") + days(d);
      times += is_reread_due(ticker, today - days(1), today) ? 1 : 0;
    }
    EXPECT_EQ(times, 1) << ticker;
    due += is_reread_due(ticker, day("2022-10-20"), day("2022-10-21")) ? 1 : 0;
    EXPECT_FALSE(is_reread_due(ticker, day("2022-10-21"), day("2022-10-21")));
  }
  EXPECT_NEAR(due, 100, 40);
  // A run after a week's pause makes up for the days between.
  EXPECT_TRUE(is_reread_due("A", day("2022-08-01"), day("2022-10-21")));
}

TEST(ScheduleTest, AnsweredWindowsAreJoined) {
  SymbolRow row = known();
  const Window later = answered(&row, {day("2022-10-05"), day("2022-10-23")}, kNow);
  EXPECT_EQ(later.from, day("2003-01-01"));
  EXPECT_EQ(later.to, day("2022-10-21"));  // today's sessions may not be over
  // A hole between two windows is not answered for.
  row.asked_from = day("2010-01-01");
  row.asked_to = day("2011-01-01");
  const Window apart = answered(&row, {day("2020-01-01"), day("2021-01-01")}, kNow);
  EXPECT_EQ(apart.from, day("2020-01-01"));
  const Window before = answered(&row, {day("2005-01-01"), day("2006-01-01")}, kNow);
  EXPECT_EQ(before.from, day("2010-01-01"));
}

}  // namespace
}  // namespace signals
