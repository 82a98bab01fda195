// The quality pass day after day finds what one over everything would.
#include "pipeline/quality_pass.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/tables/prices.h"
#include "pipeline/bars_fixture.h"
#include "pipeline/upsert.h"

namespace signals {
namespace {

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();

PriceRow row(int year, double close, std::int64_t volume = 100) {
  return {.date = Date{std::chrono::year(year) / 3 / 1},
          .open = close,
          .high = close,
          .low = close,
          .close = close,
          .volume = volume,
          .currency = Label{"USD"},
          .exchange = Label{"NMS"},
          .fetched_at = kNow};
}

class QualityPassTest : public testing::Test {
 protected:
  std::shared_ptr<ObjectStore> store_ =
      make_memory_store(testing::UnitTest::GetInstance()->current_test_info()->name());
  Table prices_{store_, kPricesTable}, quality_{store_, kQualityTable}, read_{store_, "read"};
  std::unique_ptr<FileChecks> checks_ = std::make_unique<FileChecks>();

  void add(const std::string& ticker, std::vector<PriceRow> rows) {
    Fetched fetched;
    fetched.ticker = ticker;
    fetched.window = {rows.front().date, rows.back().date + std::chrono::days(1)};
    fetched.rows = fetched_rows(rows);
    const Fetches fetches{std::make_shared<const Fetched>(std::move(fetched))};
    ASSERT_TRUE(upsert_prices(prices_, fetches, kNow, {}, {}, checks_.get()));
  }

  // By what was noted while the files were written, and by reading them: the same flags.
  std::vector<std::string> flags() {
    EXPECT_TRUE(update_quality(prices_, *checks_, quality_, {}, kNow));
    EXPECT_TRUE(update_quality(prices_, FileChecks{}, read_, {}, kNow));
    EXPECT_EQ(stored(quality_), stored(read_));
    return stored(quality_);
  }

  static std::vector<std::string> stored(const Table& table) {
    std::vector<std::string> text;
    const TableState state = table.load().value();
    for (const auto& file : state.files) {
      const auto rows = read_quality(table, file).value();
      for (const auto& one : rows) {
        text.push_back(
            fmt::format("{} {} {} {}", one.ticker, to_string(one.date), one.flag, one.value));
      }
    }
    std::ranges::sort(text);
    return text;
  }
};

TEST_F(QualityPassTest, AYearGoesOnFromTheLastBarHoweverOldItIs) {
  std::vector<PriceRow> steady;
  for (int year = 2010; year <= 2021; ++year) steady.push_back(row(year, year));
  add("STEADY", steady);
  add("OLD", {row(2010, 1), row(2011, 7)});
  add("BACK", {row(2012, 5), row(2019, 6)});
  EXPECT_THAT(flags(), testing::IsEmpty());
  add("OLD", {row(2022, 7, 0)});
  add("BACK", {row(2022, 600)});
  add("STEADY", {row(2022, 2022)});
  add("NEW", {row(2022, 7, 0)});
  const std::vector<std::string> expected = {"BACK 2022-03-01 jump 100",
                                             "OLD 2022-03-01 no_trade nan"};
  EXPECT_EQ(flags(), expected);
  // An old year and the newest change at once: those between are not checked.
  add("STEADY", {row(2012, 9999)});
  add("OLD", {row(2022, 7, 0)});
  add("STEADY", {row(2022, 9)});
  const std::vector<std::string> later = {"BACK 2022-03-01 jump 100", "OLD 2022-03-01 no_trade nan",
                                          "STEADY 2022-03-01 jump 0.004453240969816922"};
  EXPECT_EQ(flags(), later);
}

// Six names of one exchange over two years; every kind of flag, at the edges of a year above all.
TEST_F(QualityPassTest, WhatIsNotedOfAFileIsWhatStandsInIt) {
  const auto day = [](PriceRow bar, int month, int number) {
    const std::chrono::year_month_day at{bar.date};
    bar.date = Date{at.year() / month / number};
    return bar;
  };
  for (int name = 0; name < 6; ++name) {
    std::vector<PriceRow> rows;
    for (const int year : {2019, 2020}) {
      for (const auto& [month, number] : {std::pair(1, 1), {1, 2}, {6, 5}, {12, 30}, {12, 31}}) {
        if (name == 1 && month == 12) continue;                  // gaps, with bars after them
        if (name == 2 && year == 2020 && month == 12) continue;  // it ended: no gap
        if (name == 3 && year == 2019 && month == 1) continue;   // not listed yet: no gap
        const bool holiday = month == 6 && name != 4;
        rows.push_back(day(row(year, 10 + name, holiday ? 0 : 100), month, number));
      }
    }
    if (name == 5) {
      rows[5].close = 1600;    // the first bar of the second year: outside of high and low, too
      rows[6].dividend = 900;  // more than half the close before, on the next one
      for (auto& one : rows) one.currency = Label{"GBp"};
    }
    add(fmt::format("N{}", name), std::move(rows));
  }
  const auto found = flags();
  const auto of = [&](std::string_view flag) {
    std::vector<std::string> some;
    for (const auto& one : found) {
      if (one.find(flag) != std::string::npos) some.push_back(one.substr(0, one.find(' ') + 11));
    }
    return some;
  };
  using testing::ElementsAre;
  EXPECT_THAT(of("gap"), ElementsAre("N1 2019-12-30", "N1 2019-12-31"));
  EXPECT_THAT(of("holiday_copy"), ElementsAre("N0 2020-06-05", "N1 2020-06-05", "N2 2020-06-05",
                                              "N3 2020-06-05", "N5 2020-06-05"));
  EXPECT_THAT(of("jump"), ElementsAre("N5 2020-01-01", "N5 2020-01-02"));
  EXPECT_THAT(of("minor_units"), ElementsAre("N5 2020-01-01", "N5 2020-01-02"));
  EXPECT_THAT(of("ohlc_violation"), ElementsAre("N5 2020-01-01"));
}

// Files that were not noted stand beside those that were.
TEST_F(QualityPassTest, ARunGoesOnFromFilesOfAnEarlierOne) {
  add("A", {row(2020, 10), row(2021, 10)});
  checks_ = std::make_unique<FileChecks>();  // another run
  EXPECT_THAT(flags(), testing::IsEmpty());
  add("A", {row(2021, 1000), row(2022, 1000, 0)});
  const std::vector<std::string> expected = {"A 2021-03-01 jump 100", "A 2022-03-01 no_trade nan"};
  EXPECT_EQ(flags(), expected);
}

}  // namespace
}  // namespace signals
