#include "dataset/members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signals {
namespace {

using testing::ElementsAre;

Date day(const char* text) { return parse_date(text).value(); }

std::vector<std::string> tickers(const Members& members, const Members::List& list) {
  std::vector<std::string> found;
  for (const auto number : list.names) found.push_back(members.names()[number].numerai_ticker);
  return found;
}

TEST(MembersTest, AListHoldsForAWeek) {
  Members members;
  members.add(day("2022-10-14"), members.name("B US", "", ""));
  members.add(day("2022-10-14"), members.name("A US", "", ""));
  members.add(day("2022-10-21"), members.name("C US", "", ""));
  members.finish();
  EXPECT_THAT(tickers(members, members.at(day("2022-10-14"))), ElementsAre("A US", "B US"));
  EXPECT_THAT(tickers(members, members.at(day("2022-10-20"))), ElementsAre("A US", "B US"));
  EXPECT_THAT(tickers(members, members.at(day("2022-10-28"))), ElementsAre("C US"));
  EXPECT_TRUE(members.at(day("2022-10-28")).known);
}

TEST(MembersTest, WhereNoListReachesTheLiveNamesStandIn) {
  Members members;
  members.add(day("2022-10-14"), members.name("A US", "", ""));
  members.add(day("2022-10-21"), members.name("C US", "", ""));
  members.finish();
  EXPECT_THAT(tickers(members, members.at(day("2003-01-03"))), ElementsAre("C US"));
  EXPECT_FALSE(members.at(day("2003-01-03")).known);
  EXPECT_THAT(tickers(members, members.at(day("2022-10-29"))), ElementsAre("C US"));
  EXPECT_FALSE(members.at(day("2022-10-29")).known);
}

TEST(MembersTest, AListOfSingleNamesHoldsOnItsOwnDateOnly) {
  Members members;
  members.add(day("2022-10-13"), members.name("GONE US", "", ""));
  for (const auto* ticker : {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"}) {
    members.add(day("2022-10-21"), members.name(ticker, "", ""));
  }
  members.finish();
  EXPECT_THAT(tickers(members, members.at(day("2022-10-13"))), ElementsAre("GONE US"));
  EXPECT_EQ(members.at(day("2022-10-14")).names.size(), 11U);
  EXPECT_FALSE(members.at(day("2022-10-14")).known);
}

TEST(MembersTest, AListWithoutDatesIsThatOfTheLiveNames) {
  Members members;
  members.add(day("2022-10-21"), members.name("A US", "", ""));
  members.add_live(members.name("B US", "", ""));
  members.finish();
  EXPECT_THAT(tickers(members, members.at(day("2003-01-03"))), ElementsAre("B US"));
  EXPECT_THAT(tickers(members, members.at(day("2022-10-21"))), ElementsAre("A US"));
}

TEST(MembersTest, ATickerStandsOnceWithItsFigi) {
  Members members;
  for (const auto* figi : {"", "F2", "F1"}) {
    members.add(day("2022-10-21"), members.name("A US", figi, ""));
  }
  members.finish();
  const auto list = members.at(day("2022-10-21"));
  ASSERT_EQ(list.names.size(), 1U);
  EXPECT_EQ(members.names()[list.names[0]].composite_figi, "F2");
}

TEST(SymbolMapTest, ASymbolHoldsFromItsFirstBarUntilTheTickerMeansAnother) {
  const SymbolMap map({{.numerai_ticker = "A US",
                        .composite_figi = "F1",
                        .yahoo = "OLD",
                        .valid_from = day("2010-01-04"),
                        .valid_to = day("2022-10-01")},
                       {.numerai_ticker = "A US",
                        .composite_figi = "F2",
                        .yahoo = "A",
                        .valid_from = day("2022-10-01")}});
  EXPECT_EQ(map.symbol_of({"A US", "F1", ""}, day("2010-01-03")), "");
  EXPECT_EQ(map.symbol_of({"A US", "F1", ""}, day("2022-09-30")), "OLD");
  EXPECT_EQ(map.symbol_of({"A US", "F1", ""}, day("2022-10-01")), "");
  EXPECT_EQ(map.symbol_of({"A US", "F2", ""}, day("2022-09-30")), "");
  EXPECT_EQ(map.symbol_of({"A US", "F2", ""}, day("2022-10-01")), "A");
  // A list of before FIGIs were given names whoever had the ticker then.
  EXPECT_EQ(map.symbol_of({"A US", "", ""}, day("2022-09-30")), "OLD");
  EXPECT_EQ(map.symbol_of({"A US", "", ""}, day("2022-10-01")), "A");
  EXPECT_EQ(map.symbol_of({"A US", "F3", ""}, day("2022-10-01")), "");
  EXPECT_EQ(map.symbol_of({"B US", "", ""}, day("2022-10-01")), "");
  EXPECT_EQ(map.symbol_of({"B US", "", "GIVEN"}, day("1990-01-01")), "GIVEN");
}

TEST(SymbolMapTest, ARenamedCompanyKeepsItsSymbolUnderBothNames) {
  const SymbolMap map({{.numerai_ticker = "FB US", .composite_figi = "F", .yahoo = "META"},
                       {.numerai_ticker = "META US", .composite_figi = "F", .yahoo = "META"},
                       {.numerai_ticker = "NONE US", .composite_figi = "", .yahoo = ""}});
  EXPECT_EQ(map.symbol_of({"FB US", "F", ""}, day("2021-01-08")), "META");
  EXPECT_EQ(map.symbol_of({"META US", "F", ""}, day("2022-10-21")), "META");
  EXPECT_EQ(map.symbol_of({"NONE US", "F9", ""}, day("2022-10-21")), "");
}

TEST(SymbolMapTest, ANameThatGotItsFigiLaterTakesTheRowWithout) {
  const SymbolMap map({{.numerai_ticker = "A US", .composite_figi = "", .yahoo = "A"}});
  EXPECT_EQ(map.symbol_of({"A US", "F1", ""}, day("2022-10-21")), "A");
}

TEST(CountryTest, IsTheLastWord) {
  EXPECT_EQ(country_of("000660 KR"), "KR");
  EXPECT_EQ(country_of("BRK B US"), "US");
  EXPECT_EQ(country_of("X"), "");
}

}  // namespace
}  // namespace signals
