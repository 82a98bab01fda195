// Tables of rows: what is written is what is read, whichever way it is cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/bar.h"
#include "lake/tables/bar_reader.h"
#include "lake/tables/prices.h"
#include "lake/tables/quality.h"
#include "lake/tables/restatements.h"
#include "lake/tables/row_columns.h"
#include "lake/tables/runs.h"
#include "lake/tables/symbols.h"

namespace signals {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();

Date day(int number) { return Date{std::chrono::days(number)}; }

TickerBars bars(const std::string& ticker, int first, int rows) {
  TickerBars result{ticker, {}};
  for (int i = first; i < first + rows; ++i) {
    result.rows.push_back({.date = day(i), .high = 2.0 + i, .low = 1, .close = 1.5, .volume = i});
  }
  return result;
}

class TablesTest : public testing::Test {
 protected:
  std::shared_ptr<ObjectStore> store_ =
      make_memory_store(testing::UnitTest::GetInstance()->current_test_info()->name());
  Table prices_{store_, kPricesTable};
  Table quality_{store_, kQualityTable};

  DataFile write(int year, const std::vector<TickerBars>& tickers) {
    return write_prices(prices_, {year, 0}, tickers).value();
  }
};

TEST_F(TablesTest, ABarReaderMergesYears) {
  const std::vector<DataFile> files = {
      write(2021, {bars("B", 400, 2), bars("C", 400, 1)}),
      write(2020, {bars("A", 100, 1), bars("B", 100, 3)}),
  };
  auto reader = BarReader::open(prices_, files, true).value();
  BarSeries series;
  ASSERT_TRUE(reader.next(series).value());
  EXPECT_EQ(series.ticker, "A");
  EXPECT_THAT(series.dates, ElementsAre(day(100)));
  EXPECT_TRUE(std::isnan(series.open.front()));
  ASSERT_TRUE(reader.next(series).value());
  EXPECT_EQ(series.ticker, "B");
  EXPECT_THAT(series.dates, ElementsAre(day(100), day(101), day(102), day(400), day(401)));
  EXPECT_THAT(series.high, ElementsAre(102, 103, 104, 402, 403));
  EXPECT_THAT(series.volume, ElementsAre(100, 101, 102, 400, 401));
  EXPECT_THAT(series.dividend_factor, ElementsAre(1, 1, 1, 1, 1));
  ASSERT_TRUE(reader.next(series).value());
  EXPECT_EQ(series.ticker, "C");
  EXPECT_FALSE(reader.next(series).value());
}

TEST_F(TablesTest, ATickerMayGoOnInTheNextRowGroup) {
  const std::vector<DataFile> files = {
      write(1970, {bars("A", 0, 20'000), bars("B", 0, 50'000), bars("C", 7, 1)})};
  auto reader = BarReader::open(prices_, files, false).value();
  BarSeries series;
  std::vector<std::size_t> rows;
  while (reader.next(series).value()) {
    rows.push_back(series.dates.size());
    EXPECT_EQ(series.high.back(), 2.0 + static_cast<double>(series.volume.back()));
    EXPECT_THAT(series.dividend_factor, IsEmpty());
  }
  EXPECT_THAT(rows, ElementsAre(20'000, 50'000, 1));
}

TEST_F(TablesTest, RowsOutOfOrderAreAnError) {
  BarSeries series;
  const std::vector<DataFile> tickers = {write(2020, {bars("B", 0, 1), bars("A", 0, 1)})};
  auto by_ticker = BarReader::open(prices_, tickers, false).value();
  ASSERT_TRUE(by_ticker.next(series).value());
  EXPECT_EQ(by_ticker.next(series).error().code, ErrorCode::store_read);

  const std::vector<DataFile> dates = {write(2020, {bars("A", 5, 3)}),
                                       write(2021, {bars("A", 7, 1)})};
  auto by_date = BarReader::open(prices_, dates, false).value();
  const auto failed = by_date.next(series);
  EXPECT_THAT(failed.error().what, testing::HasSubstr("not in order"));
}

TEST_F(TablesTest, QualityIsReadAsWritten) {
  const std::vector<QualityRow> rows = {{"A", day(3), "jump", 120},
                                        {"A", day(3), "ohlc_violation", kUnknown},
                                        {"A", day(5), "holiday_copy", 1},
                                        {"B", day(3), "no_trade", 0}};
  const DataFile file = write_quality(quality_, {1970, 4}, rows).value();
  EXPECT_EQ(file.rows, 4);
  EXPECT_EQ(file.first_date, day(3));
  EXPECT_EQ(file.last_date, day(5));
  const auto read = read_quality(quality_, file).value();
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(read[0].value, 120);
  EXPECT_TRUE(std::isnan(read[1].value));
  EXPECT_EQ(read[2].flag, "holiday_copy");
  EXPECT_EQ(read[3].ticker, "B");
}

TEST_F(TablesTest, FlaggedDatesAreThoseOfTheBucketAndTheFlags) {
  const std::vector<QualityRow> rows = {
      {"A", day(3), "jump", 1}, {"A", day(5), "holiday_copy", 1}, {"B", day(3), "no_trade", 0}};
  const auto committed = quality_.commit(
      [&](const TableState&) -> Result<Change> {
        Change change;
        change.schema = quality_schema();
        change.added = {write_quality(quality_, {1970, 4}, rows).value(),
                        write_quality(quality_, {1970, 5}, rows).value()};
        return change;
      },
      kNow);
  ASSERT_TRUE(committed);
  const std::vector<std::string> flags = {"jump", "no_trade"};
  const auto dates = read_flagged_dates(quality_, *committed, 4, flags).value();
  ASSERT_EQ(dates.size(), 2U);
  EXPECT_THAT(dates.at("A"), ElementsAre(day(3)));
  EXPECT_THAT(dates.at("B"), ElementsAre(day(3)));
  EXPECT_TRUE(read_flagged_dates(quality_, *committed, 6, flags).value().empty());
}

TEST_F(TablesTest, SymbolsAreReadAsWrittenAndTheLaterRunStays) {
  const Table table(store_, kSymbolsTable);
  const auto all = [&] { return read_symbols(table, table.load().value()).value(); };
  EXPECT_TRUE(all().empty());
  SymbolRow row{.ticker = "A",
                .asked_from = day(1),
                .asked_to = day(9),
                .first_trade_date = day(-5),
                .currency = "USD",
                .exchange = "NMS",
                .zone = "America/New_York",
                .name = "A plc",
                .last_ok = kNow,
                .recheck_from = day(7),
                .failures = 2,
                .failed_on = day(8),
                .status = std::string(kMissing)};
  const SymbolRow bare{.ticker = "B"};
  ASSERT_TRUE(upsert_symbols(table, {row, bare}, kNow, {{"a", "b"}}));
  EXPECT_EQ(all().at("A"), row);
  EXPECT_EQ(all().at("B"), bare);
  EXPECT_EQ(table.load().value().snapshots.back().summary.at("a"), "b");

  ASSERT_TRUE(upsert_symbols(table, {row}, kNow));  // nothing new
  EXPECT_EQ(table.load().value().snapshot_id(), 1);
  SymbolRow older = row;
  older.last_ok = kNow - std::chrono::hours(1);
  older.asked_to = day(8);
  ASSERT_TRUE(upsert_symbols(table, {older}, kNow));
  EXPECT_EQ(all().at("A"), row);
  row.last_ok = kNow + std::chrono::hours(1);
  row.status = kWorking;
  ASSERT_TRUE(upsert_symbols(table, {row}, kNow));
  EXPECT_EQ(all().at("A"), row);
  EXPECT_EQ(all().size(), 2U);
}

TEST_F(TablesTest, ARestatementIsAddedOnce) {
  const Table table(store_, kRestatementsTable);
  const Restatement split{"A", kNow, day(3), std::string(kSplit), 0.5};
  const Restatement late{"B", kNow, day(4), std::string(kLateBar), kUnknown};
  ASSERT_TRUE(add_restatements(table, {split, late}, kNow));
  ASSERT_TRUE(add_restatements(table, {split}, kNow));
  EXPECT_EQ(table.load().value().snapshot_id(), 1);
  Restatement again = split;
  again.seen_on += std::chrono::hours(24);
  ASSERT_TRUE(add_restatements(table, {again}, kNow));
  const auto rows = read_restatements(table, table.load().value()).value();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].factor, 0.5);
  EXPECT_EQ(rows[1].seen_on, again.seen_on);
  EXPECT_EQ(rows[2].ticker, "B");
  EXPECT_TRUE(std::isnan(rows[2].factor));
}

TEST_F(TablesTest, RunsStandInOrder) {
  const Table table(store_, kRunsTable);
  ASSERT_TRUE(add_run(table, {.at = kNow, .command = "load", .outcome = "done", .counts = "{}"}));
  ASSERT_TRUE(add_run(table, {.at = kNow - std::chrono::hours(24 * 400),
                              .command = "load",
                              .d = day(5),
                              .outcome = "refused",
                              .counts = "{}",
                              .seconds = 1.5}));
  const auto runs = read_runs(table, table.load().value()).value();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].d, day(5));
  EXPECT_EQ(runs[0].seconds, 1.5);
  EXPECT_FALSE(runs[0].complete());
  EXPECT_TRUE(runs[1].complete());
  EXPECT_FALSE(runs[1].d);
  EXPECT_EQ(runs[1].version, SIGNALS_VERSION);
}

TEST_F(TablesTest, AFileFromBeforeAColumnHasNullsInIt) {
  const Table runs(store_, kRunsTable);
  Schema before = runs_schema();
  before.pop_back();  // version
  const auto build = [&](const TableState&) -> Result<Change> {
    RowWriter writer(before);
    writer.add(std::optional(kNow)).add("load").add(std::optional<Date>());
    writer.add("done").add("{}").add(1.5);
    Change change;
    change.schema = before;
    SIGNALS_ASSIGN(DataFile file, writer.write(runs, {2022, 0}));
    change.added.push_back(std::move(file));
    return change;
  };
  ASSERT_TRUE(runs.commit(build, kNow).has_value());
  const RunRow later{
      .at = kNow + std::chrono::days(365), .command = "run", .outcome = "done", .counts = "{}"};
  ASSERT_TRUE(add_run(runs, later).has_value());
  const auto rows = read_runs(runs, runs.load().value()).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].command, "load");
  EXPECT_EQ(rows[0].seconds, 1.5);
  EXPECT_EQ(rows[0].version, "");
  EXPECT_EQ(rows[1].version, SIGNALS_VERSION);
}

TEST_F(TablesTest, AColumnThatNoTableEverHadIsAnError) {
  const DataFile file = write(2020, {bars("A", 100, 1)});
  const auto read = read_columns(prices_, file, {"ticker", "vwap"});
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error().what, testing::HasSubstr("no column vwap"));
}

}  // namespace
}  // namespace signals
