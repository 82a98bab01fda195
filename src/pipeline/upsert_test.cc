#include "pipeline/upsert.h"

#include <gtest/gtest.h>

#include <random>

#include "lake/tables/prices.h"
#include "pipeline/bars_fixture.h"

namespace signals {
namespace {

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();

Date day(std::string_view text) { return parse_date(text).value(); }

PriceRow row(Date date, double close, double dividend = 0) {
  return {.date = date,
          .open = close,
          .high = close,
          .low = close,
          .close = close,
          .volume = 1,
          .dividend = dividend,
          .settled = true,
          .fetched_at = kNow};
}

std::map<std::string, std::vector<PriceRow>> contents(const Table& table) {
  std::map<std::string, std::vector<PriceRow>> all;
  const TableState state = table.load().value();
  std::vector<DataFile> files = state.files;
  std::ranges::sort(files, {}, &DataFile::first_date);
  for (const auto& file : files) {
    const auto tickers = read_prices(table, file).value();
    for (const auto& bars : tickers) {
      std::ranges::copy(bars.rows, std::back_inserter(all[bars.ticker]));
    }
  }
  return all;
}

// A fetch of just these rows; their dividends become its events.
std::vector<Fetched> fetch(const std::vector<TickerBars>& tickers) {
  std::vector<Fetched> result;
  for (const auto& bars : tickers) {
    Fetched fetched{bars.ticker,
                    {bars.rows.front().date, bars.rows.back().date + std::chrono::days(1)},
                    fetched_rows(bars.rows),
                    {},
                    {}};
    for (const auto& one : bars.rows) {
      if (one.dividend > 0) fetched.dividends[one.date] = one.dividend;
    }
    result.push_back(std::move(fetched));
  }
  return result;
}

class UpsertTest : public testing::Test {
 protected:
  Table table_{make_memory_store(testing::UnitTest::GetInstance()->current_test_info()->name()),
               kPricesTable};
  MergeCounts upsert(const std::vector<TickerBars>& bars) {
    return upsert_prices(table_, fetch(bars), kNow, {}).value();
  }
  std::int64_t snapshot() { return table_.load().value().snapshot_id(); }
};

TEST_F(UpsertTest, TheSameRowsAgainMakeNoSnapshot) {
  const std::vector<TickerBars> bars = {
      {"A", {row(day("2021-12-31"), 1), row(day("2022-01-03"), 2)}}};
  EXPECT_EQ(upsert(bars).added, 2);
  EXPECT_EQ(snapshot(), 1);
  EXPECT_EQ(upsert(bars).kept, 2);
  EXPECT_EQ(snapshot(), 1);
}

TEST_F(UpsertTest, OnlyPartitionsWithAChangeAreRewritten) {
  upsert(
      {{"A", {row(day("2020-06-01"), 1), row(day("2021-06-01"), 2), row(day("2022-06-01"), 3)}}});
  const auto before = table_.load().value().files;
  upsert(
      {{"A", {row(day("2020-06-01"), 1), row(day("2021-06-01"), 2.5), row(day("2022-06-01"), 3)}}});
  const auto after = table_.load().value().files;
  ASSERT_EQ(before.size(), 3U);
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(before[0].path, after[0].path);
  EXPECT_NE(before[1].path, after[1].path);
  EXPECT_EQ(before[2].path, after[2].path);
}

TEST_F(UpsertTest, ADividendFilledInLaterMovesTheFactorsBehindIt) {
  upsert({{"A",
           {row(day("2020-06-01"), 100), row(day("2020-06-02"), 100), row(day("2021-06-01"), 100),
            row(day("2022-06-01"), 100)}}});
  const auto counts = upsert({{"A", {row(day("2020-06-02"), 100, 10)}}});
  EXPECT_EQ(counts.changed, 1);
  EXPECT_EQ(counts.refactored, 2);
  const auto rows = contents(table_).at("A");
  EXPECT_EQ(rows[0].dividend_factor, 1);
  for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_EQ(rows[i].dividend_factor, 1 / (1 - 0.1));
}

TEST_F(UpsertTest, EarlierHistoryIsPutInFront) {
  upsert({{"A", {row(day("2022-06-01"), 100, 10), row(day("2022-06-02"), 90, 9)}}});
  EXPECT_EQ(contents(table_).at("A")[1].dividend_factor, 1 / (1 - 9.0 / 100));
  upsert({{"A", {row(day("2021-06-01"), 50)}}});
  const auto rows = contents(table_).at("A");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].dividend_factor, 1 / (1 - 10.0 / 50));
  EXPECT_EQ(rows[2].dividend_factor, rows[1].dividend_factor * (1 / (1 - 9.0 / 100)));
}

TEST_F(UpsertTest, TheChainRunsThroughAYearWithoutBars) {
  upsert({{"A", {row(day("2022-06-01"), 100)}}});
  upsert({{"A", {row(day("2020-06-01"), 100), row(day("2020-06-02"), 90, 10)}}});
  EXPECT_EQ(contents(table_).at("A")[2].dividend_factor, 1 / (1 - 0.1));
}

// Any way of cutting a history into overlapping loads gives the table that one load gives.
TEST_F(UpsertTest, OrderAndOverlapDoNotMatter) {
  std::mt19937 random(5);
  std::vector<TickerBars> whole;
  for (const char* ticker : {"A", "B", "000060.KS", "^GSPC", "BRK-B"}) {
    TickerBars bars{ticker, {}};
    for (Date date = day("2019-11-01"); date < day("2022-02-01"); date += std::chrono::days(3)) {
      bars.rows.push_back(
          row(date, static_cast<double>(50 + random() % 50), random() % 20 == 0 ? 1 : 0));
    }
    whole.push_back(bars);
  }
  upsert(whole);
  const auto expected = contents(table_);
  for (int round = 0; round < 5; ++round) {
    const Table pieces(make_memory_store("pieces" + std::to_string(round)), kPricesTable);
    for (int step = 0; step < 12; ++step) {
      std::vector<TickerBars> part;
      for (const auto& bars : whole) {
        const std::size_t begin = random() % bars.rows.size();
        const std::size_t size = 1 + random() % (bars.rows.size() - begin);
        const auto first = bars.rows.begin() + static_cast<std::ptrdiff_t>(begin);
        part.push_back({bars.ticker, {first, first + static_cast<std::ptrdiff_t>(size)}});
      }
      ASSERT_TRUE(upsert_prices(pieces, fetch(part), kNow, {}));
    }
    ASSERT_TRUE(upsert_prices(pieces, fetch(whole), kNow, {}));
    const auto got = contents(pieces);
    ASSERT_EQ(got.size(), expected.size());
    for (const auto& [ticker, rows] : expected) {
      ASSERT_EQ(got.at(ticker).size(), rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        ASSERT_EQ(got.at(ticker)[i].dividend_factor, rows[i].dividend_factor) << ticker << i;
        ASSERT_EQ(got.at(ticker)[i].close, rows[i].close);
        ASSERT_EQ(got.at(ticker)[i].dividend, rows[i].dividend);
      }
    }
  }
}

TEST_F(UpsertTest, AReplacementLeavesNothingOfTheOldScale) {
  upsert(
      {{"A",
        {row(day("2019-06-03"), 100), row(day("2020-06-02"), 101, 5), row(day("2022-06-02"), 104)}},
       {"B", {row(day("2019-06-03"), 7)}}});
  auto fresh = fetch({{"A", {row(day("2020-06-02"), 50.5), row(day("2022-06-02"), 52)}}});
  fresh[0].window = {day("2003-01-01"), day("2023-01-01")};
  fresh[0].replaces = true;
  const auto counts = upsert_prices(table_, fresh, kNow, {}).value();
  EXPECT_EQ(counts.removed, 1);
  EXPECT_EQ(counts.changed, 2);
  const auto all = contents(table_);
  ASSERT_EQ(all.at("A").size(), 2U);
  EXPECT_EQ(all.at("A")[0].close, 50.5);
  EXPECT_EQ(all.at("A")[0].dividend, 0);
  EXPECT_EQ(all.at("A")[1].dividend_factor, 1);
  EXPECT_EQ(all.at("B").size(), 1U);
}

TEST_F(UpsertTest, RestatedHistoryIsToldBeforeTheCommit) {
  upsert({{"A", {row(day("2022-06-01"), 100), row(day("2022-06-03"), 101)}},
          {"B", {row(day("2022-06-01"), 1)}}});
  auto fresh = fetch(
      {{"A",
        {row(day("2022-06-02"), 100), row(day("2022-06-03"), 101.5), row(day("2022-06-06"), 102)}},
       {"B", {row(day("2022-06-02"), 1)}}});
  for (auto& one : fresh) one.known_from = day("2022-01-01");
  Fetches packed;
  for (const auto& one : fresh) packed.push_back(std::make_shared<const Fetched>(one));
  std::vector<Restatement> told;
  const auto tell = [&](const std::vector<Restatement>& rows) -> Result<void> {
    EXPECT_EQ(snapshot(), 1);
    told = rows;
    return {};
  };
  ASSERT_TRUE(upsert_prices(table_, packed, kNow, {}, tell));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].reason, kLateBar);
  EXPECT_EQ(told[0].from_date, day("2022-06-02"));
  EXPECT_EQ(told[1].reason, kCorrected);
  EXPECT_EQ(told[1].from_date, day("2022-06-03"));
  // A refusal to take the news is the end of the commit.
  fresh[0].rows.bars[1].close = 90;
  const auto refused =
      upsert_prices(table_, {std::make_shared<const Fetched>(fresh[0])}, kNow, {},
                    [](const auto&) { return fail(ErrorCode::store_write, "full"); });
  EXPECT_FALSE(refused);
  EXPECT_EQ(snapshot(), 2);
}

TEST_F(UpsertTest, ATickerGetsAnotherNameInOneCommit) {
  upsert({{"A", {row(day("2020-06-01"), 1), row(day("2022-06-01"), 2)}},
          {"B", {row(day("2022-06-01"), 3)}},
          {"A~2", {row(day("2022-06-01"), 4)}}});
  ASSERT_TRUE(rename_ticker(table_, "A", "A~1", kNow));
  const auto all = contents(table_);
  EXPECT_FALSE(all.contains("A"));
  ASSERT_EQ(all.at("A~1").size(), 2U);
  EXPECT_EQ(all.at("A~1")[1].close, 2);
  EXPECT_EQ(all.at("B").size(), 1U);
  EXPECT_EQ(all.at("A~2").size(), 1U);
  EXPECT_EQ(snapshot(), 2);
  ASSERT_TRUE(rename_ticker(table_, "A", "A~3", kNow));
  EXPECT_EQ(snapshot(), 2);
}

}  // namespace
}  // namespace signals
