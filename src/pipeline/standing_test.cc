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

SymbolRow answered(const std::string& exchange, Instant at) {
  return {.ticker = "A", .exchange = exchange, .last_ok = at};
}

TEST(StandingTest, WorkedMeansTheLastAttemptsAnswer) {
  SymbolRow row = answered("LSE", kNow - days(1));
  const LastAnswers answers({{"A", row}});
  EXPECT_TRUE(answers.worked(&row));
  EXPECT_FALSE(answers.worked(nullptr));
  row.failures = 1;
  EXPECT_FALSE(answers.worked(&row));
  const SymbolRow never{.ticker = "A"};
  EXPECT_FALSE(answers.worked(&never));
}

TEST(StandingTest, APauseOrAnOutageOfWeeksMakesNobodyOneThatDidNotWork) {
  // London has answered nothing for three weeks, New York until yesterday.
  const SymbolRow london = answered("LSE", kNow - days(21));
  const SymbolRow died = answered("NMS", kNow - days(21));
  const LastAnswers answers({{"L", london},
                             {"M", answered("LSE", kNow - days(22))},
                             {"N", answered("NMS", kNow - days(1))},
                             {"O", died}});
  EXPECT_TRUE(answers.worked(&london));
  // Others of its exchange have answered since: this name alone is silent.
  EXPECT_FALSE(answers.worked(&died));
  // After two months the exchange is gone.
  const LastAnswers later({{"L", london}, {"N", answered("NMS", *london.last_ok + days(61))}});
  EXPECT_FALSE(later.worked(&london));
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

TEST(StandingTest, AnotherExchangeAloneIsATransfer) {
  const SymbolRow known{.ticker = "A",
                        .first_trade_date = day("1998-01-05"),
                        .currency = "USD",
                        .exchange = "NMS",
                        .zone = "America/New_York",
                        .name = "A Inc"};
  History history;
  history.currency = Label{"USD"};
  history.exchange = Label{"NGM"};
  history.zone = "America/New_York";
  history.name = "A Inc";
  history.first_trade_date = day("1998-01-05");
  EXPECT_EQ(identify(known, history, day("2022-10-20")), Identity::moved);
  const auto with = [&](auto change) {
    History other = history;
    change(other);
    return identify(known, other, day("2022-10-20"));
  };
  EXPECT_EQ(with([](History& h) { h.zone = "Europe/London"; }), Identity::changed);
  EXPECT_EQ(with([](History& h) { h.currency = Label{"CAD"}; }), Identity::changed);
  EXPECT_EQ(with([](History& h) { h.name = "B Inc"; }), Identity::changed);
  EXPECT_EQ(with([](History& h) { h.first_trade_date.reset(); }), Identity::changed);
  EXPECT_EQ(with([](History& h) { h.first_trade_date = day("1990-01-02"); }), Identity::changed);
  EXPECT_EQ(with([](History& h) { h.first_trade_date = day("2022-03-01"); }), Identity::reused);
}

TEST(StandingTest, AYhdReplyIsADeadListing) {
  History history;
  EXPECT_FALSE(is_placeholder(history));
  history.exchange = Label{"YHD"};
  EXPECT_TRUE(is_placeholder(history));
}

}  // namespace
}  // namespace signals
