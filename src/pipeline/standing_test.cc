#include "pipeline/standing.h"

#include <gtest/gtest.h>

namespace signals {
namespace {

using std::chrono::days;
using std::chrono::hours;

Date day(std::string_view text) { return parse_date(text).value(); }
const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();

TEST(StandingTest, ThreeDaysOfNotFoundAreAQuarantine) {
  SymbolRow row{.ticker = "A", .last_ok = kNow - days(1)};
  row = after_missing(&row, "A", kNow);
  EXPECT_EQ(row.status, kMissing);
  row = after_missing(&row, "A", kNow + std::chrono::minutes(30));  // the same day
  EXPECT_EQ(row.failures, 1);
  row = after_missing(&row, "A", kNow + days(1));
  EXPECT_EQ(row.status, kMissing);
  EXPECT_TRUE(is_due(row, kNow + days(2)));
  row = after_missing(&row, "A", kNow + days(2));
  EXPECT_EQ(row.status, kQuarantined);

  // The pauses grow to a month.
  std::vector<int> pauses;
  Instant at = kNow + days(2);
  for (int i = 0; i < 6; ++i) {
    int pause = 0;
    while (!is_due(row, at + days(pause))) ++pause;
    pauses.push_back(pause);
    at += days(pause);
    row = after_missing(&row, "A", at);
  }
  EXPECT_EQ(pauses, (std::vector<int>{2, 4, 8, 16, 30, 30}));

  History history;
  history.currency = Label{"USD"};
  row = after_answer(&row, "A", history, at);
  EXPECT_EQ(row.status, kWorking);
  EXPECT_EQ(row.failures, 0);
  EXPECT_EQ(row.currency, "USD");
}

TEST(StandingTest, WorkedMeansTheLastRunsAnswer) {
  SymbolRow row{.ticker = "A", .last_ok = kNow - days(1)};
  EXPECT_TRUE(worked(&row, kNow));
  EXPECT_FALSE(worked(nullptr, kNow));
  EXPECT_FALSE(worked(&row, kNow + days(20)));
  row.failures = 1;
  EXPECT_FALSE(worked(&row, kNow));
}

std::vector<Outcome> outcomes(const std::string& exchange, int ok, int failed) {
  std::vector<Outcome> all;
  for (int i = 0; i < ok + failed; ++i) all.push_back({exchange, true, i >= ok});
  return all;
}

std::vector<Outcome> operator+(std::vector<Outcome> a, const std::vector<Outcome>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(StandingTest, AnOutageIsManyNamesAtOnce) {
  EXPECT_FALSE(find_outage(outcomes("NMS", 1000, 50)));
  const auto all = find_outage(outcomes("NMS", 1000, 53));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->failed, 53);
  const auto one = find_outage(outcomes("NMS", 5000, 3) + outcomes("LSE", 4, 6));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->where, "LSE");
  EXPECT_EQ(one->failed, 6);
  const auto hidden =
      find_outage(outcomes("NMS", 5000, 3) + outcomes("LSE", 40, 60) + outcomes("OSL", 0, 1));
  ASSERT_TRUE(hidden);
  EXPECT_EQ(hidden->where, "LSE");
  // Few names are no outage, nor are those that did not work before.
  EXPECT_FALSE(find_outage(outcomes("LSE", 1, 4)));
  auto dead = outcomes("LSE", 0, 50);
  for (auto& outcome : dead) outcome.worked_before = false;
  EXPECT_FALSE(find_outage(outcomes("NMS", 100, 1) + dead));
  EXPECT_FALSE(find_outage({}));
}

TEST(StandingTest, AnotherCompanyIsKnownByItsFirstTradeAndItsWords) {
  const SymbolRow known{.ticker = "A",
                        .first_trade_date = day("1998-01-05"),
                        .currency = "USD",
                        .exchange = "NMS",
                        .name = "A plc"};
  History history;
  history.currency = Label{"USD"};
  history.exchange = Label{"NMS"};
  history.name = "A plc";
  history.first_trade_date = day("1998-01-08");
  EXPECT_EQ(identify(known, history, day("2022-10-20")), Identity::same);
  history.name = "A Holdings plc";
  EXPECT_EQ(identify(known, history, day("2022-10-20")), Identity::changed);
  EXPECT_EQ(differences(known, history),
            "first trade 1998-01-05 -> 1998-01-08, name A plc -> A Holdings plc");
  history.first_trade_date = day("2022-03-01");
  EXPECT_EQ(identify(known, history, day("2022-10-20")), Identity::reused);
  history.name = "A plc";  // the old one's bars go on: its history was cut
  EXPECT_EQ(identify(known, history, day("2022-10-20")), Identity::changed);
  EXPECT_EQ(identify(known, history, day("2021-05-01")), Identity::reused);
  EXPECT_EQ(identify(known, History{}, {}), Identity::same);
}

TEST(StandingTest, AYhdReplyIsADeadListing) {
  History history;
  EXPECT_FALSE(is_placeholder(history));
  history.exchange = Label{"YHD"};
  EXPECT_TRUE(is_placeholder(history));
}

}  // namespace
}  // namespace signals
