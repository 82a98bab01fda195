// The resolver over a world of listings that stands in for the source.
#include "universe/resolver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace signals {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Date day(const char* text) { return parse_date(text).value(); }
const Date kToday = day("2022-10-21");

Name name(const char* ticker, const char* figi = "", const char* first = nullptr,
          const char* last = nullptr) {
  Name result{parse_iso(ticker).value(), figi, "", {}};
  if (first != nullptr) result.seen.first = day(first);
  if (last != nullptr) result.seen.last = day(last);
  result.seen.live = last == nullptr || day(last) + kLiveFor >= kToday;
  return result;
}

class ResolverTest : public testing::Test {
 protected:
  std::map<std::string, Listing> world_;
  std::set<std::string> broken_;    // answer HTTP 500
  std::vector<std::string> asked_;  // in all runs
  std::size_t goes_out_after_ = 1'000'000;
  std::size_t answers_ = 1'000'000;  // until the probe ends early
  ResolveInput input_{{}, {}, {}, kToday, false};

  void list(const std::string& symbol, const std::string& currency,
            const char* first = "2000-01-03", const char* last = "2022-10-21") {
    world_[symbol] = {currency, "X", "EQUITY", day(first), day(last)};
  }

  bool probe(std::span<const ProbeQuery> queries, const ProbeSink& sink) {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (answers_-- == 0) return false;
      asked_.push_back(queries[i].symbol);
      if (asked_.size() > goes_out_after_) world_.clear();
      const auto found = world_.find(queries[i].symbol);
      if (broken_.contains(queries[i].symbol)) {
        sink(i, fail(ErrorCode::http_status, "HTTP 500"));
      } else if (found == world_.end()) {
        sink(i, fail(ErrorCode::unknown_ticker, "HTTP 404"));
      } else {
        sink(i, found->second);
      }
    }
    return true;
  }

  // A whole run; the rows by "ticker figi".
  std::map<std::string, MappingRow> run(std::size_t batch = 2) {
    Resolver resolver(input_);
    while (resolver.left() > 0) {
      if (!resolver.ask(batch, [&](auto q, const auto& sink) { return probe(q, sink); })) break;
    }
    failures_ = resolver.failures().size();
    left_ = resolver.left();
    silent_ = resolver.silent();
    idle_ = resolver.idle_overrides();
    input_.known = resolver.rows();
    std::map<std::string, MappingRow> rows;
    for (const auto& row : input_.known) {
      rows[row.numerai_ticker + (row.composite_figi.empty() ? "" : " " + row.composite_figi)] = row;
    }
    return rows;
  }

  std::size_t failures_ = 0, left_ = 0;
  std::vector<std::string> idle_;
  std::vector<SilentMarket> silent_;

  // So many names of New York, London and Tokyo each.
  void name_many(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string symbol = fmt::format("S{}", 100 + i);
      for (const char* country : {" US", " GB", " JP"}) {
        input_.names.push_back(name(fmt::format("{}{}", symbol, country).c_str()));
      }
    }
  }
  void list_many(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string symbol = fmt::format("S{}", 100 + i);
      list(symbol, "USD");
      list(symbol + ".L", "GBp");
      list(symbol + ".T", "JPY");
    }
  }
  static auto of(MappingStatus status) {
    return [status](const auto& row) { return row.second.status == status; };
  }
};

TEST_F(ResolverTest, ASourceThatKnowsNobodyIsOut) {
  name_many(30);
  input_.controls = {"ALWAYS"};
  auto rows = run(50);
  ASSERT_EQ(silent_.size(), 1U);
  EXPECT_EQ(silent_[0].country, "");
  EXPECT_EQ(silent_[0].unknown, 50);
  EXPECT_EQ(asked_.size(), 51U);  // the rest is not asked for
  EXPECT_EQ(asked_.back(), "ALWAYS");
  EXPECT_TRUE(std::ranges::all_of(rows, of(MappingStatus::pending)));
  // The next run asks for all, and later an outage leaves them as they are.
  list_many(30);
  rows = run(50);
  EXPECT_TRUE(silent_.empty());
  EXPECT_TRUE(std::ranges::all_of(rows, of(MappingStatus::ok)));
  world_.clear();
  input_.recheck = true;
  input_.today = kToday + std::chrono::days(3);
  EXPECT_EQ(run(50), rows);
  EXPECT_EQ(silent_.size(), 1U);
}

TEST_F(ResolverTest, AMarketThatIsOutHoldsNobodyUp) {
  name_many(30);
  list_many(30);
  for (auto it = world_.begin(); it != world_.end();) {
    it = it->first.ends_with(".L") ? world_.erase(it) : std::next(it);
  }
  const auto rows = run(50);
  ASSERT_EQ(silent_.size(), 1U);
  EXPECT_EQ(silent_[0].country, "GB");
  EXPECT_EQ(silent_[0].unknown, 30);
  EXPECT_EQ(std::ranges::count_if(rows, of(MappingStatus::pending)), 30);
  EXPECT_EQ(std::ranges::count_if(rows, of(MappingStatus::ok)), 60);
}

TEST_F(ResolverTest, NamesThatTheSourceReallyDoesNotKnowAreNotFound) {
  name_many(60);
  list_many(3);
  const auto rows = run(500);
  EXPECT_TRUE(silent_.empty());
  EXPECT_EQ(std::ranges::count_if(rows, of(MappingStatus::not_found)), 3 * 57);
  // One symbol of all, and of each market, was asked again.
  EXPECT_EQ(asked_.size(), 3 * 60 + 4U);
  // They are left alone until they are due; nobody else is due, and what was known speaks for them.
  asked_.clear();
  input_.today = kToday + std::chrono::days(14);
  EXPECT_EQ(std::ranges::count_if(run(500), of(MappingStatus::not_found)), 3 * 57);
  EXPECT_TRUE(silent_.empty());
  EXPECT_EQ(asked_.size(), 3 * 57 + 4U);
}

TEST_F(ResolverTest, AMarketOfThePastThatIsGoneIsNoOutage) {
  list("NOW", "USD");
  input_.names = {name("NOW US")};
  for (int i = 0; i < 30; ++i) {
    input_.names.push_back(name(fmt::format("S{} GB", i).c_str(), "", "2003-01-03", "2010-01-01"));
  }
  const auto rows = run(500);
  EXPECT_TRUE(silent_.empty());
  EXPECT_EQ(std::ranges::count_if(rows, of(MappingStatus::not_found)), 30);
}

TEST_F(ResolverTest, AnOutageInTheMiddleForgetsWhatCameBefore) {
  name_many(40);
  list_many(40);
  goes_out_after_ = 55;
  const auto rows = run(50);
  ASSERT_EQ(silent_.size(), 1U);
  EXPECT_EQ(std::ranges::count_if(rows, of(MappingStatus::ok)), 55);
  EXPECT_EQ(std::ranges::count_if(rows, of(MappingStatus::pending)), 65);
}

TEST_F(ResolverTest, TheFirstCandidateWithoutObjection) {
  list("000640.KS", "KRW");
  list("009090.KQ", "KRW");
  list("ERIC-B.ST", "SEK");
  input_.names = {name("640 KR"), name("9090 KR"), name("ERICB SE"), name("NOPE JP"), name("X MA")};
  auto rows = run();
  EXPECT_EQ(rows["640 KR"].yahoo, "000640.KS");
  EXPECT_EQ(rows["640 KR"].rule, "padding");
  EXPECT_EQ(rows["640 KR"].valid_from, day("2000-01-03"));
  EXPECT_EQ(rows["640 KR"].verified_on, kToday);
  EXPECT_EQ(rows["9090 KR"].yahoo, "009090.KQ");
  EXPECT_EQ(rows["ERICB SE"].yahoo, "ERIC-B.ST");
  EXPECT_EQ(rows["ERICB SE"].rule, "class letter");
  EXPECT_EQ(rows["NOPE JP"].status, MappingStatus::not_found);
  EXPECT_EQ(rows["X MA"].status, MappingStatus::no_rule);
  EXPECT_EQ(asked_.size(), 6U);
}

TEST_F(ResolverTest, ACandidateOfAnotherCurrencyIsPassedOver) {
  list("9090.TW", "USD");
  list("9090.TWO", "TWD");
  list("1.TW", "USD");
  input_.names = {name("9090 TW"), name("1 TW")};
  auto rows = run();
  EXPECT_EQ(rows["9090 TW"].yahoo, "9090.TWO");
  EXPECT_EQ(rows["1 TW"].status, MappingStatus::rejected);
  EXPECT_EQ(rows["1 TW"].rule, "1.TW: currency USD");
  EXPECT_EQ(rows["1 TW"].yahoo, "");
}

TEST_F(ResolverTest, ARenameKeepsItsHistory) {
  list("META", "USD", "2012-05-18");
  world_["FB"] = {"USD", "BTS", "ETF", day("2022-06-22"), kToday};
  input_.names = {name("FB US", "FIGI1", "2022-09-02", "2022-09-09"),
                  name("FB US", "", "2012-06-01", "2022-08-26"),
                  name("META US", "FIGI1", "2022-09-12", "2022-10-21")};
  auto rows = run();
  for (const char* key : {"FB US", "FB US FIGI1", "META US FIGI1"}) {
    EXPECT_EQ(rows[key].yahoo, "META") << key;
  }
  EXPECT_EQ(rows["FB US"].valid_from, day("2012-05-18"));
  EXPECT_THAT(asked_, ElementsAre("META"));
}

TEST_F(ResolverTest, ATickerThatPassedToAnotherCompany) {
  // The old company is gone; today's listing under its ticker began before it left.
  list("S", "USD", "2001-01-02");
  input_.names = {name("S US", "OLD", "2003-01-03", "2013-07-05"),
                  name("S US", "NEW", "2021-07-02", "2022-10-21")};
  auto rows = run();
  EXPECT_EQ(rows["S US NEW"].yahoo, "S");
  EXPECT_EQ(rows["S US NEW"].valid_from, day("2021-07-02"));
  EXPECT_EQ(rows["S US OLD"].status, MappingStatus::conflict);
  EXPECT_EQ(rows["S US OLD"].rule, "S belongs to S US");
  EXPECT_EQ(rows["S US OLD"].valid_to, day("2021-07-02"));

  // Listed only after it left: rejected already.
  list("S", "USD", "2021-06-30");
  input_.known.clear();
  rows = run();
  EXPECT_EQ(rows["S US NEW"].yahoo, "S");
  EXPECT_EQ(rows["S US OLD"].rule, "S: listed 2021-06-30, the name was last seen 2013-07-05");
}

TEST_F(ResolverTest, OfTwoNamesOnOneSymbolTheFigiDecides) {
  list("BRK-B", "USD");
  input_.names = {name("BRK.B US"), name("BRK/B US", "FIGI1", "2022-09-02", "2022-10-21")};
  auto rows = run();
  EXPECT_EQ(rows["BRK/B US FIGI1"].yahoo, "BRK-B");
  EXPECT_EQ(rows["BRK.B US"].status, MappingStatus::conflict);
  EXPECT_EQ(rows["BRK.B US"].yahoo, "");
  EXPECT_THAT(asked_, ElementsAre("BRK-B"));
}

TEST_F(ResolverTest, SpellingsOfDifferentTimesShareASymbol) {
  list("BRK-B", "USD");
  input_.names = {name("BRK.B US", "", "2003-01-03", "2021-12-31"),
                  name("BRK/B US", "FIGI1", "2022-09-02", "2022-10-21")};
  auto rows = run();
  EXPECT_EQ(rows["BRK.B US"].yahoo, "BRK-B");
  EXPECT_EQ(rows["BRK/B US FIGI1"].yahoo, "BRK-B");
}

TEST_F(ResolverTest, HistoricalNamesNeedNoRecentBars) {
  list("DEAD", "USD", "2000-01-03", "2015-03-31");
  input_.names = {name("DEAD US", "", "2003-01-03", "2015-03-27"), name("DEAD/ US")};
  auto rows = run();
  EXPECT_EQ(rows["DEAD US"].yahoo, "DEAD");
  EXPECT_EQ(rows["DEAD/ US"].rule, "DEAD: no recent bars");
}

TEST_F(ResolverTest, OverridesAndFilesAreTakenAsTheyAre) {
  list("AAA", "USD");
  input_.names = {name("AAA US"), name("BBB US"), name("CCC US"), name("DDD US")};
  input_.names[1].given = "AAA";
  input_.names[2].given = "CCC.X";
  input_.overrides = {{"CCC US", "CCC.Y"}, {"DDD US", ""}, {"ZZZ US", "Z"}, {"AAA US", "AAA"}};
  auto rows = run();
  EXPECT_EQ(rows["AAA US"].yahoo, "AAA");
  EXPECT_EQ(rows["BBB US"].yahoo, "AAA");  // two that were given do not clash
  EXPECT_EQ(rows["BBB US"].rule, "file");
  EXPECT_EQ(rows["CCC US"].yahoo, "CCC.Y");
  EXPECT_EQ(rows["CCC US"].rule, "override");
  EXPECT_EQ(rows["DDD US"].yahoo, "");
  EXPECT_EQ(rows["DDD US"].status, MappingStatus::given);
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_THAT(idle_, ElementsAre("AAA US", "ZZZ US"));

  // Without them the rules decide again; the file's symbol is tried first, the override's never.
  input_.overrides.clear();
  for (auto& one : input_.names) one.given.clear();
  list("CCC", "USD");
  rows = run();
  EXPECT_EQ(rows["AAA US"].status, MappingStatus::ok);
  EXPECT_EQ(rows["CCC US"].yahoo, "CCC");
  EXPECT_THAT(asked_, testing::Not(testing::Contains("CCC.Y")));
}

TEST_F(ResolverTest, WhatIsVerifiedIsNotAskedAgainUntilItIsDue) {
  list("AAA", "USD");
  input_.names = {name("AAA US"), name("NOPE US"), name("PAST US", "", "2010-01-08", "2012-03-30")};
  run();
  asked_.clear();
  run();
  EXPECT_THAT(asked_, IsEmpty());
  input_.today = kToday + std::chrono::days(14);
  run();
  EXPECT_THAT(asked_, ElementsAre("NOPE"));
  asked_.clear();
  input_.recheck = true;
  list("AAA", "USD", "2000-01-03", "2022-11-03");
  auto rows = run();
  EXPECT_THAT(asked_, testing::UnorderedElementsAre("AAA", "NOPE", "PAST"));
  EXPECT_EQ(rows["AAA US"].verified_on, input_.today);
}

TEST_F(ResolverTest, AVerifiedSymbolIsNeverLost) {
  list("009090.KQ", "KRW");
  input_.names = {name("9090 KR")};
  run();
  input_.recheck = true;
  // The source forgets it for a while.
  world_.clear();
  auto rows = run();
  EXPECT_EQ(rows["9090 KR"].yahoo, "009090.KQ");
  EXPECT_EQ(rows["9090 KR"].status, MappingStatus::stale);
  // It moved to the other exchange.
  list("009090.KS", "KRW");
  rows = run();
  EXPECT_EQ(rows["9090 KR"].yahoo, "009090.KS");
  EXPECT_EQ(rows["9090 KR"].status, MappingStatus::ok);
}

TEST_F(ResolverTest, AFailedProbeSaysNothingOfTheSymbol) {
  list("AAA", "USD");
  input_.names = {name("AAA US"), name("BBB US")};
  broken_ = {"AAA"};
  auto rows = run();
  EXPECT_EQ(rows["AAA US"].status, MappingStatus::pending);
  EXPECT_EQ(failures_, 1U);
  broken_.clear();
  asked_.clear();
  rows = run();
  EXPECT_EQ(rows["AAA US"].yahoo, "AAA");
  EXPECT_THAT(asked_, ElementsAre("AAA"));
  broken_ = {"AAA"};
  input_.recheck = true;
  EXPECT_EQ(run()["AAA US"].status, MappingStatus::ok);
}

TEST_F(ResolverTest, AnEarlyEndKeepsWhatCame) {
  for (const char* symbol : {"A", "B", "C", "D", "E"}) list(symbol, "USD");
  input_.names = {name("A US"), name("B US"), name("C US"), name("D US"), name("E US")};
  answers_ = 3;
  auto rows = run();
  EXPECT_EQ(rows["C US"].yahoo, "C");
  EXPECT_EQ(rows["D US"].status, MappingStatus::pending);
  EXPECT_EQ(left_, 2U);
  answers_ = 100;
  asked_.clear();
  rows = run();
  EXPECT_EQ(rows["E US"].yahoo, "E");
  EXPECT_THAT(asked_, testing::UnorderedElementsAre("D", "E"));
}

}  // namespace
}  // namespace signals
