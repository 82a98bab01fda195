// resolve over a source that counts: what is asked, committed, and reported.
#include "pipeline/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lake/tables/mapping.h"
#include "pipeline/universe_input.h"

namespace signals {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();
Date day(const char* text) { return parse_date(text).value(); }

class FakeSource final : public Source {
 public:
  std::map<std::string, History> listings;
  std::size_t refuse_after = 1'000'000;
  std::set<std::string> refused;  // by themselves: the run goes on
  std::vector<std::string> asked;

  void list(const std::string& symbol, const std::string& currency, const char* first,
            const char* last) {
    History& history = listings[symbol];
    history.symbol = symbol;
    history.currency = Label(currency);
    history.exchange = Label("X");
    history.instrument = "EQUITY";
    history.first_trade_date = day(first);
    history.bars.push_back({.date = day(last), .high = 1, .low = 1, .close = 1});
  }

  [[nodiscard]] Result<std::vector<std::string>> tickers() const override {
    return std::vector<std::string>{};
  }
  FetchEnd fetch(std::span<const Query> queries, const Sink& sink) override {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const auto& query = queries[i];
      if (asked.size() == refuse_after) {
        sink(i, fail(ErrorCode::refused, query.ticker + ": HTTP 429"));
        return FetchEnd::refused;
      }
      asked.push_back(query.ticker);
      const auto found = listings.find(query.ticker);
      if (refused.contains(query.ticker)) {
        sink(i, fail(ErrorCode::refused, query.ticker + ": HTTP 403"));
      } else if (found == listings.end()) {
        sink(i, fail(ErrorCode::unknown_ticker, "HTTP 404"));
      } else if (query.window.from > found->second.bars.back().date) {
        sink(i, fail(ErrorCode::no_rows, "HTTP 400"));  // as Yahoo says of a dead symbol
      } else {
        sink(i, found->second);
      }
    }
    return FetchEnd::complete;
  }
  [[nodiscard]] std::optional<PaceState> pace() const override {
    return PaceState{.rate = 0.5, .requests = static_cast<std::int64_t>(asked.size())};
  }
};

class Quiet final : public Observer {
 public:
  void progress(const Progress& now) override {
    done = now.done;
    pace = now.pace;
  }
  void info(const std::string& /*message*/) override {}
  void warn(const std::string& message) override { warnings.push_back(message); }
  std::int64_t done = 0;
  std::optional<PaceState> pace;
  std::vector<std::string> warnings;
};

class ResolveTest : public testing::Test {
 protected:
  std::shared_ptr<ObjectStore> lake_ =
      make_memory_store(testing::UnitTest::GetInstance()->current_test_info()->name());
  FakeSource source_;
  Quiet observer_;

  Result<ResolveReport> run(const char* csv, Instant now = kNow) {
    ResolveRequest request{{read_universe_csv(csv, "u.csv").value()}, {}, now, false};
    return resolve(source_, lake_, request, observer_);
  }
  std::vector<std::string> mapping() {
    std::vector<std::string> text;
    const auto rows = read_mapping(Table(lake_, kMappingTable)).value();
    for (const auto& row : rows) {
      text.push_back(row.numerai_ticker + "=" + row.yahoo);
    }
    return text;
  }
};

TEST_F(ResolveTest, CoverageByCountryAndTheTables) {
  source_.list("A", "USD", "2000-01-03", "2022-10-21");
  source_.list("1301.T", "JPY", "2000-01-04", "2022-10-21");
  const auto report = run(
      "date,numerai_ticker\n2022-10-20,A US\n2022-10-20,B US\n2022-10-20,1301 JP\n2010-01-08,OLD "
      "US\n");
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->live.at("US").names, 2);
  EXPECT_EQ(report->live.at("US").mapped(), 1);
  EXPECT_EQ(report->live.at("JP").mapped(), 1);
  EXPECT_EQ(report->past.names, 1);
  EXPECT_EQ(report->new_members, 4);
  ASSERT_EQ(report->open.size(), 1U);
  EXPECT_EQ(report->open[0].numerai_ticker, "B US");
  EXPECT_EQ(observer_.done, 4);
  ASSERT_TRUE(observer_.pace);
  EXPECT_EQ(observer_.pace->requests, 4);
  EXPECT_THAT(mapping(), ElementsAre("1301 JP=1301.T", "A US=A", "B US=", "OLD US="));

  const auto again = run("date,numerai_ticker\n2022-10-20,A US\n");
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->asked, 0);
  EXPECT_EQ(again->live.at("US").names, 2);  // the table remembers the others
}

TEST_F(ResolveTest, ADeadSymbolOfAPastNameIsAskedForItsWholeHistory) {
  source_.list("OLD", "USD", "2000-01-03", "2012-03-30");
  source_.list("NOW", "USD", "2000-01-03", "2012-03-30");
  ASSERT_TRUE(run("date,numerai_ticker\n2012-03-30,OLD US\n2022-10-20,NOW US\n"));
  EXPECT_THAT(mapping(), ElementsAre("NOW US=", "OLD US=OLD"));
  EXPECT_THAT(source_.asked, ElementsAre("OLD", "NOW", "OLD"));
}

TEST_F(ResolveTest, ARefusalKeepsWhatCameAndTheNextRunGoesOn) {
  for (const char* symbol : {"A", "B", "C"})
    source_.list(symbol, "USD", "2000-01-03", "2022-10-21");
  source_.refuse_after = 2;
  const char* csv = "numerai_ticker\nA US\nB US\nC US\n";
  const auto report = run(csv);
  EXPECT_EQ(report->end, FetchEnd::refused);
  EXPECT_EQ(report->not_asked, 1);
  EXPECT_EQ(report->failures.front().code, ErrorCode::refused);
  EXPECT_THAT(mapping(), ElementsAre("A US=A", "B US=B", "C US="));
  source_.refuse_after = 1'000'000;
  EXPECT_EQ(run(csv)->end, FetchEnd::complete);
  EXPECT_THAT(source_.asked, ElementsAre("A", "B", "C"));
  EXPECT_THAT(mapping(), ElementsAre("A US=A", "B US=B", "C US=C"));
}

TEST_F(ResolveTest, ASymbolThatAloneIsRefusedHoldsNobodyUp) {
  for (const char* symbol : {"A", "B", "C"})
    source_.list(symbol, "USD", "2000-01-03", "2022-10-21");
  source_.refused = {"B"};
  const char* csv = "numerai_ticker\nA US\nB US\nC US\n";
  const auto report = run(csv);
  EXPECT_EQ(report->end, FetchEnd::complete);
  EXPECT_THAT(source_.asked, ElementsAre("A", "B", "C"));
  EXPECT_THAT(mapping(), ElementsAre("A US=A", "B US=", "C US=C"));
  ASSERT_EQ(report->failures.size(), 1U);
  EXPECT_EQ(report->failures.front().code, ErrorCode::refused);
  source_.refused.clear();
  EXPECT_TRUE(run(csv)->failures.empty());  // it was only put off
  EXPECT_THAT(mapping(), ElementsAre("A US=A", "B US=B", "C US=C"));
}

TEST_F(ResolveTest, NamesThatLeaveTheUniverseKeepTheirRow) {
  source_.list("A", "USD", "2000-01-03", "2022-10-21");
  ASSERT_TRUE(run("numerai_ticker\nA US\n"));
  source_.listings.clear();
  ASSERT_TRUE(run("numerai_ticker\nB US\n", kNow + std::chrono::days(400)));
  EXPECT_THAT(mapping(), ElementsAre("A US=A", "B US="));
}

TEST_F(ResolveTest, ANameWithoutAFigiMeansWhoBearsItNow) {
  const MappingRow old{.numerai_ticker = "A US",
                       .composite_figi = "F1",
                       .country = "US",
                       .yahoo = "OLD",
                       .valid_to = day("2020-01-01"),
                       .status = MappingStatus::ok};
  MappingRow current = old;
  current.composite_figi = "F2";
  current.yahoo = "NEW";
  current.valid_to.reset();
  const Table table(lake_, kMappingTable);
  ASSERT_TRUE(replace_mapping(table, std::vector{old, current}, kNow));
  const auto universe = read_universe_csv("numerai_ticker\nA US\n", "u.csv").value();
  EXPECT_THAT(symbols_of(universe, lake_)->symbols, ElementsAre("NEW"));
}

TEST_F(ResolveTest, YahooSymbolsAloneAreNothingToResolve) {
  const auto report = run("AAPL\n");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::bad_universe);
}

TEST_F(ResolveTest, SymbolsForLoad) {
  source_.list("A", "USD", "2000-01-03", "2022-10-21");
  source_.list("0001.HK", "HKD", "2000-01-03", "2022-10-21");
  ASSERT_TRUE(run("numerai_ticker,composite_figi\nB US,F2\nA US,F1\n1 HK,\n"));
  const auto of = [&](const char* csv) {
    return symbols_of(read_universe_csv(csv, "u.csv").value(), lake_).value();
  };
  EXPECT_THAT(of("numerai_ticker\n1 HK\nA US\nB US\nC US\n1 HK\n").symbols,
              ElementsAre("0001.HK", "A"));
  EXPECT_THAT(of("numerai_ticker\n1 HK\nA US\nB US\nC US\n").unmapped, ElementsAre("B US", "C US"));
  // Another FIGI is another company.
  EXPECT_THAT(of("numerai_ticker,composite_figi\nA US,F9\n").symbols, IsEmpty());
  EXPECT_THAT(of("numerai_ticker,yahoo\nA US,AAA\n").symbols, ElementsAre("AAA"));
  EXPECT_THAT(of("Z\nA\nZ\n").symbols, ElementsAre("Z", "A"));
  EXPECT_THAT(mapped_symbols(lake_).value(), ElementsAre("0001.HK", "A"));
}

}  // namespace
}  // namespace signals
