// Every rule by its own examples, and the traps of reading one scheme as another.
#include "universe/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/text.h"
#include "universe/verify.h"

namespace signals {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> symbols(const std::string& symbol, const std::string& country) {
  std::vector<std::string> found;
  for (const auto& candidate : candidates({symbol, country}))
    found.push_back(candidate.symbol.text);
  return found;
}

TEST(RulesTest, EveryMarketHasExamplesAndTheyHold) {
  ASSERT_GE(markets().size(), 45U);
  for (const auto& market : markets()) {
    ASSERT_FALSE(market.examples.empty()) << market.country;
    for (const auto& example : split(market.examples, ';')) {
      const auto colon = example.find(':');
      ASSERT_NE(colon, std::string::npos) << market.country;
      const std::string symbol(trim(std::string_view(example).substr(0, colon)));
      const std::string expected(trim(std::string_view(example).substr(colon + 1)));
      std::string got;
      for (const auto& one : symbols(symbol, std::string(market.country))) {
        got += (got.empty() ? "" : " ") + one;
      }
      EXPECT_EQ(got, expected) << symbol << " " << market.country;
    }
  }
}

TEST(RulesTest, CountriesAndExchangeCodesAreUnique) {
  std::set<std::string> countries, codes, suffixes;
  for (const auto& market : markets()) {
    EXPECT_TRUE(countries.insert(std::string(market.country)).second) << market.country;
    EXPECT_TRUE(market.basis == "measured" || market.basis == "public") << market.country;
    EXPECT_FALSE(market.currencies.empty()) << market.country;
    for (const auto& suffix : split(market.suffixes, ' ')) {
      const bool shared = suffix == ".L" && market.country == "IE";
      if (suffix.empty() || shared) continue;
      EXPECT_TRUE(suffixes.insert(suffix).second) << suffix;
    }
    if (market.bloomberg.empty()) continue;
    for (const auto& code : split(market.bloomberg, ' ')) {
      EXPECT_TRUE(codes.insert(code).second) << code;
    }
  }
}

TEST(RulesTest, CodesOfTwoSchemesMeanDifferentCountries) {
  const std::map<std::string, std::string> by_bloomberg = {
      {"CH", "CN"}, {"CN", "CA"}, {"ID", "IE"}, {"IT", "IL"}, {"GR", "DE"}, {"PL", "PT"},
      {"IN", "IN"}, {"MK", "MY"}, {"NA", "NL"}, {"SM", "ES"}, {"AT", "AU"}, {"SE", "CH"},
      {"SS", "SE"}, {"SP", "SG"}, {"KS", "KR"}, {"LN", "GB"}, {"UQ", "US"}, {"GY", "DE"}};
  for (const auto& [code, country] : by_bloomberg) {
    const auto iso = to_iso({"X", code});
    ASSERT_TRUE(iso) << code;
    EXPECT_EQ(iso->country, country) << code;
  }
  // The same two letters as an ISO country.
  EXPECT_THAT(symbols("ABBN", "CH"), ElementsAre("ABBN.SW"));
  EXPECT_THAT(symbols("A2A", "IT"), ElementsAre("A2A.MI"));
  EXPECT_THAT(symbols("BELA", "GR"), ElementsAre("BELA.AT"));
  EXPECT_THAT(symbols("CDR", "PL"), ElementsAre("CDR.WA"));
  EXPECT_THAT(symbols("BBCA", "ID"), ElementsAre("BBCA.JK"));
  EXPECT_THAT(symbols("X", "MK"), IsEmpty());  // North Macedonia
  EXPECT_THAT(symbols("X", "NA"), IsEmpty());  // Namibia
  EXPECT_FALSE(to_iso({"X", "ZZ"}));
}

TEST(RulesTest, TheOriginalsMistakesAreNotRepeated) {
  EXPECT_THAT(symbols("BAB", "MY"), ElementsAre("5210.KL"));  // not BUMI.JK
  EXPECT_EQ(symbols("ALFA", "SE").front(), "ALFA.ST");        // not the US line ALFVY
  EXPECT_THAT(symbols("ST", "SG"), ElementsAre("Z74.SI"));    // not Z77.SI
  EXPECT_THAT(symbols("SIME", "MY"), ElementsAre("4197.KL"));
  EXPECT_THAT(symbols("NESZ", "MY"), ElementsAre("4707.KL"));
  EXPECT_EQ(symbols("BPI", "PH").front(), "BPI.PS");  // not the US line BPHLY
  EXPECT_EQ(symbols("META", "US").front(), "META");   // not FB
}

TEST(RulesTest, ASymbolOfMarksAloneHasNoCandidate) {
  for (const auto& market : markets()) {
    EXPECT_THAT(symbols("*", std::string(market.country)), IsEmpty()) << market.country;
    EXPECT_THAT(symbols("/.", std::string(market.country)), IsEmpty()) << market.country;
  }
}

TEST(RulesTest, TickersOfEachScheme) {
  EXPECT_EQ(parse_iso("000640 KR").value().symbol, "000640");
  EXPECT_EQ(parse_iso("BRK/B US").value().text(), "BRK/B US");
  EXPECT_EQ(parse_iso("BIM B DK").value().symbol, "BIM B");
  for (const char* text : {"", "AAPL", "AAPL us", "AAPL USA", " US", "AAPL  US", "A\nB US"}) {
    EXPECT_FALSE(parse_iso(text)) << text;
  }
  EXPECT_TRUE(parse_yahoo("M&M.NS"));
  EXPECT_TRUE(parse_yahoo("BF-B"));
  for (const char* text : {"", "000640 KS", "BP/", "A,B", "\"A\""}) {
    EXPECT_FALSE(parse_yahoo(text)) << text;
  }
}

class ObjectionTest : public testing::Test {
 protected:
  static Date day(const char* text) { return parse_date(text).value(); }
  const Date today_ = day("2022-10-21");
  Listing listing_{"KRW", "KSC", "EQUITY", day("2000-01-04"), day("2022-10-21")};
  Seen live_{day("2020-01-03"), day("2022-10-21"), true};

  std::string against(const Listing& listing, const Seen& seen) const {
    return objection(listing, *find_market("KR"), seen, today_);
  }
};

TEST_F(ObjectionTest, NothingSpeaksAgainstAFittingListing) {
  EXPECT_EQ(against(listing_, live_), "");
  listing_.instrument = "";
  EXPECT_EQ(against(listing_, live_), "");
}

TEST_F(ObjectionTest, CurrencyAndInstrument) {
  listing_.currency = "USD";
  EXPECT_EQ(against(listing_, live_), "currency USD");
  listing_.currency = "";
  EXPECT_EQ(against(listing_, live_), "no currency");
  listing_.currency = "KRW";
  listing_.instrument = "ETF";
  EXPECT_EQ(against(listing_, live_), "instrument etf");
  listing_ = {"", "YHD", "MUTUALFUND", {}, {}};
  EXPECT_EQ(against(listing_, live_), "a placeholder of a dead listing");
}

TEST_F(ObjectionTest, RecentBarsAreAskedOfLiveNamesOnly) {
  listing_.last_bar = day("2022-09-20");
  EXPECT_EQ(against(listing_, live_), "no recent bars");
  listing_.last_bar = day("2022-09-21");
  EXPECT_EQ(against(listing_, live_), "");
  listing_.last_bar.reset();
  EXPECT_EQ(against(listing_, live_), "no recent bars");
  EXPECT_EQ(against(listing_, {day("2010-01-08"), day("2015-01-02"), false}), "");
}

TEST_F(ObjectionTest, AListingThatBeganAfterTheNameWasGone) {
  const Seen past{day("1999-01-08"), day("1999-12-31"), false};
  EXPECT_EQ(against(listing_, past), "listed 2000-01-04, the name was last seen 1999-12-31");
  listing_.first_bar = day("1999-12-31");
  EXPECT_EQ(against(listing_, past), "");
}

}  // namespace
}  // namespace signals
