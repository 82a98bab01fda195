#include "universe/universe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "universe/overrides.h"

namespace signals {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Universe read(std::string_view text) { return read_universe_csv(text, "u.csv").value(); }
std::string complaint(std::string_view text) {
  const auto universe = read_universe_csv(text, "u.csv");
  return universe ? "" : universe.error().what;
}

TEST(UniverseTest, NumeraisOwnColumns) {
  const auto u = read(
      "date,numerai_ticker,composite_figi,feature_x\n2022-10-20,000640 KR,BBG000000001,0.5\n"
      "2022-10-21,000640 KR,BBG000000001,0.5\n2022-10-21 00:00:00,A2A IT,,0.5\n");
  EXPECT_THAT(u.ids, ElementsAre(UniverseId{"000640 KR", "BBG000000001", ""},
                                 UniverseId{"A2A IT", "", ""}));
  EXPECT_THAT(u.members, ElementsAre(Pair(parse_date("2022-10-20").value(), ElementsAre(0)),
                                     Pair(parse_date("2022-10-21").value(), ElementsAre(0, 1))));
}

TEST(UniverseTest, TheOldMap) {
  // `yahoo` wins over `ticker`, Bloomberg's codes are converted, a blank symbol is for the rules.
  const auto u = read(
      "ticker,bloomberg_ticker,yahoo\n1332 JT,1332 JP,1332.T\n1COV GY,1COV GR,1COV.DE\nALR PW,ALR "
      "PW,\nAAPL,AAPL US,AAPL\n");
  EXPECT_THAT(u.ids,
              ElementsAre(UniverseId{"1332 JP", "", "1332.T"}, UniverseId{"1COV DE", "", "1COV.DE"},
                          UniverseId{"ALR PL", "", ""}, UniverseId{"AAPL US", "", "AAPL"}));
  EXPECT_THAT(u.members, IsEmpty());
}

TEST(UniverseTest, TickerIsAYahooSymbolWithoutYahoo) {
  EXPECT_THAT(read("ticker\nBRK-B\n005930.KS\nBRK-B\n").ids,
              ElementsAre(UniverseId{"", "", "BRK-B"}, UniverseId{"", "", "005930.KS"}));
  EXPECT_THAT(read("numerai_ticker,ticker\nBRK/B US,BRK-B\n").ids,
              ElementsAre(UniverseId{"BRK/B US", "", "BRK-B"}));
}

TEST(UniverseTest, ABareList) {
  EXPECT_THAT(read("AAPL\r\n\r\n0700.HK\r\n").ids,
              ElementsAre(UniverseId{"", "", "AAPL"}, UniverseId{"", "", "0700.HK"}));
  // "A2A IT" is Milan in one scheme and Tel Aviv in the other: a list does not say which.
  EXPECT_THAT(complaint("AAPL\nA2A IT\n"), HasSubstr("u.csv, line 2: 'A2A IT' is no Yahoo symbol"));
}

TEST(UniverseTest, SchemesAreNeverMixed) {
  const auto u = read("bloomberg_ticker\nA2A IM\nAZRG IT\nX MK\nX ZZ\nXX\n");
  EXPECT_THAT(u.ids, ElementsAre(UniverseId{"A2A IT", "", ""}, UniverseId{"AZRG IL", "", ""},
                                 UniverseId{"X MY", "", ""}));
  EXPECT_THAT(u.unreadable, ElementsAre(HasSubstr("'X ZZ' has an exchange code"),
                                        HasSubstr("'XX' is no symbol with an exchange code")));
  EXPECT_THAT(read("numerai_ticker\nAAPL\nAAPL US\n").unreadable, ElementsAre(HasSubstr("'AAPL'")));
}

TEST(UniverseTest, MissingCells) {
  const auto u = read("numerai_ticker,yahoo,composite_figi\nNAN US,nan,None\n,,\nA US,-,null\n");
  EXPECT_THAT(u.ids, ElementsAre(UniverseId{"NAN US", "", ""}, UniverseId{"A US", "", ""}));
}

TEST(UniverseTest, WhatIsNoUniverse) {
  EXPECT_THAT(complaint(""), HasSubstr("u.csv: the file is empty"));
  EXPECT_THAT(complaint("open,close\n1,2\n"), HasSubstr("no column named numerai_ticker"));
  EXPECT_THAT(complaint("date,composite_figi\n2022-10-21,B\n"), HasSubstr("no column named"));
  EXPECT_THAT(complaint("numerai_ticker,date\nA US,soon\n"), HasSubstr("line 2: 'soon'"));
  EXPECT_THAT(complaint("numerai_ticker,date\nA US\n"), HasSubstr("line 2: 1 cells where"));
}

TEST(OverridesTest, Rows) {
  const auto good = read_overrides(
      "numerai_ticker,yahoo,reason,date\n# checked by hand\nDHL DE,DHL.DE,renamed,2023-07-03\nX "
      "US,,\"gone, for good\",\n",
      "o.csv");
  ASSERT_TRUE(good) << good.error().what;
  EXPECT_THAT(*good, ElementsAre(std::pair("DHL DE", "DHL.DE"), std::pair("X US", "")));
}

TEST(OverridesTest, WhatIsWrong) {
  const auto what = [](std::string_view text) {
    const auto overrides = read_overrides(text, "o.csv");
    return overrides ? "" : overrides.error().what;
  };
  EXPECT_THAT(what("numerai_ticker,yahoo,factor\n"), HasSubstr("not 'factor'"));
  EXPECT_THAT(what("numerai_ticker\nA US\n"), HasSubstr("needs the columns"));
  EXPECT_THAT(what("numerai_ticker,yahoo\nA US,A\nA US,B\n"), HasSubstr("line 3: 'A US' stands"));
  EXPECT_THAT(what("numerai_ticker,yahoo\nA,A\n"), HasSubstr("line 2: 'A' is no symbol"));
  EXPECT_THAT(what("numerai_ticker,yahoo\nA US,A US\n"), HasSubstr("is no Yahoo symbol"));
  EXPECT_THAT(what("numerai_ticker,yahoo\nA US\n"), HasSubstr("not as many cells"));
  EXPECT_THAT(what(""), HasSubstr("empty"));
}

}  // namespace
}  // namespace signals
