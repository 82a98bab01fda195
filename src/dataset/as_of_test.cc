#include "dataset/as_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace signals {
namespace {

using std::chrono::days;

Date day(const char* text) { return parse_date(text).value(); }

// The weekdays from `first` to `last` but those in `closed`.
std::vector<Date> weekdays(const char* first, const char* last, const std::set<Date>& closed = {}) {
  std::vector<Date> dates;
  for (Date date = day(first); date <= day(last); date += days(1)) {
    if (std::chrono::weekday(date).iso_encoding() <= 5 && !closed.contains(date)) {
      dates.push_back(date);
    }
  }
  return dates;
}

std::set<Date> between(const char* first, const char* last) {
  const auto dates = weekdays(first, last);
  return {dates.begin(), dates.end()};
}

std::vector<Date> sessions_of(const std::vector<std::vector<Date>>& names) {
  SessionCount count;
  for (std::size_t i = 0; i < names.size(); ++i) count.add(std::to_string(i), names[i]);
  return count.sessions();
}

TEST(AsOfTest, TheSessionOfTheDateItself) {
  const auto rows = weekdays("2022-10-03", "2022-10-21");
  EXPECT_EQ(as_of(rows, rows, day("2022-10-21"), {}), (AsOf{14, 0}));
  EXPECT_EQ(as_of(rows, rows, day("2022-10-03"), {}), (AsOf{0, 0}));
  EXPECT_EQ(as_of(rows, rows, day("2022-10-02"), {}), std::nullopt);
  EXPECT_EQ(as_of({}, rows, day("2022-10-21"), {}), std::nullopt);
}

TEST(AsOfTest, AHolidayFridayTakesThursdaysRowWithNothingMissed) {
  const auto rows = weekdays("2022-04-01", "2022-04-22", {day("2022-04-15"), day("2022-04-18")});
  const auto found = as_of(rows, rows, day("2022-04-15"), {});
  ASSERT_TRUE(found);
  EXPECT_EQ(rows[found->row], day("2022-04-14"));
  EXPECT_EQ(found->staleness, 0);
}

TEST(AsOfTest, AMarketThatIsClosedOnFridays) {
  std::vector<Date> rows;  // Sunday to Thursday
  for (Date date = day("2022-10-02"); date <= day("2022-10-20"); date += days(1)) {
    const auto weekday = std::chrono::weekday(date).c_encoding();
    if (weekday <= 4) rows.push_back(date);
  }
  const auto sessions = sessions_of({rows, rows, rows});
  EXPECT_EQ(sessions, rows);
  EXPECT_EQ(as_of(rows, sessions, day("2022-10-21"), {}), (AsOf{rows.size() - 1, 0}));
}

TEST(AsOfTest, AWeekLongHolidayMissesNoSession) {
  const auto closed = between("2022-10-03", "2022-10-07");
  const auto rows = weekdays("2022-09-01", "2022-10-21", closed);
  const auto sessions = sessions_of({rows, rows});
  const auto found = as_of(rows, sessions, day("2022-10-07"), {});
  ASSERT_TRUE(found);
  EXPECT_EQ(rows[found->row], day("2022-09-30"));
  EXPECT_EQ(found->staleness, 0);
}

TEST(AsOfTest, AHaltedNameMissesSessionsUntilItIsLeftOut) {
  const auto sessions = weekdays("2022-09-01", "2022-10-21");
  const auto rows = weekdays("2022-09-01", "2022-10-12");  // a Wednesday
  EXPECT_EQ(as_of(rows, sessions, day("2022-10-14"), {})->staleness, 2);
  EXPECT_EQ(as_of(rows, sessions, day("2022-10-19"), {})->staleness, 5);
  EXPECT_EQ(as_of(rows, sessions, day("2022-10-20"), {}), std::nullopt);
  EXPECT_EQ(as_of(rows, sessions, day("2022-10-20"), {.sessions = 6})->staleness, 6);
}

TEST(AsOfTest, FifteenDaysAreTheOldestEvenWithoutSessions) {
  const std::vector<Date> rows = {day("2022-10-03")};
  EXPECT_TRUE(as_of(rows, rows, day("2022-10-18"), {}));
  EXPECT_FALSE(as_of(rows, rows, day("2022-10-19"), {}));
}

TEST(AsOfTest, ABarOfTheNextDayIsNotSeen) {
  const auto rows = weekdays("2022-10-03", "2022-10-24");  // Asia's Monday is there already
  const auto found = as_of(rows, rows, day("2022-10-21"), {});
  EXPECT_EQ(rows[found->row], day("2022-10-21"));
  EXPECT_EQ(found->staleness, 0);
}

TEST(SessionCountTest, ASessionHasAFifthOfTheNames) {
  const auto usual = weekdays("2022-10-03", "2022-10-20");
  auto longer = usual;
  longer.push_back(day("2022-10-21"));
  std::vector<std::vector<Date>> names(10, usual);
  names[0] = longer;
  EXPECT_EQ(sessions_of(names).back(), day("2022-10-20"));  // one of ten
  names[1] = longer;
  EXPECT_EQ(sessions_of(names).back(), day("2022-10-21"));  // two of ten
}

TEST(SessionCountTest, NamesThatTradeNoMoreDoNotCount) {
  const auto gone = weekdays("2022-01-03", "2022-03-31");
  std::vector<std::vector<Date>> names(19, gone);
  names.push_back(weekdays("2022-01-03", "2022-10-21"));
  const auto sessions = sessions_of(names);
  EXPECT_EQ(sessions.back(), day("2022-10-21"));
  // For 15 days they could still be halted: one of twenty is no session.
  EXPECT_THAT(sessions, testing::Not(testing::Contains(day("2022-04-15"))));
  EXPECT_THAT(sessions, testing::Contains(day("2022-04-18")));
}

TEST(SessionCountTest, WhatIsToldOnTheDayIsToldEverAfter) {
  const auto all = weekdays("2022-01-03", "2022-10-21");
  std::vector<std::vector<Date>> names;
  for (std::size_t i = 0; i < 10; ++i) {  // names come and go
    const auto from = static_cast<std::ptrdiff_t>(i * 15);
    names.emplace_back(all.begin() + from, all.begin() + from + 40);
  }
  const auto whole = sessions_of(names);
  for (const Date now : {day("2022-02-15"), day("2022-05-10"), day("2022-08-01")}) {
    auto known = names;
    for (auto& dates : known) std::erase_if(dates, [&](Date date) { return date > now; });
    auto expected = whole;
    std::erase_if(expected, [&](Date date) { return date > now; });
    EXPECT_EQ(sessions_of(known), expected);
  }
}

TEST(SessionCountTest, ANameMayComeInParts) {
  const auto all = weekdays("2022-10-03", "2022-10-21");
  SessionCount parts;
  SessionCount whole;
  for (const auto* name : {"A", "B", "C", "D", "E", "F"}) {
    whole.add(name, all);
    parts.add(name, std::span(all).first(5));
    parts.add(name, std::span(all).subspan(5));
  }
  whole.add("A", std::vector{day("2022-10-24")});
  parts.add("A", std::vector{day("2022-10-24")});
  EXPECT_EQ(parts.sessions(), whole.sessions());
  EXPECT_EQ(parts.sessions(), all);
}

}  // namespace
}  // namespace signals
