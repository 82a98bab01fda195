// The quality pass day after day finds what one over everything would.
#include "pipeline/quality_pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/tables/prices.h"
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
  Table prices_{store_, kPricesTable}, quality_{store_, kQualityTable};

  void add(const std::string& ticker, std::vector<PriceRow> rows) {
    Fetched fetched;
    fetched.ticker = ticker;
    fetched.window = {rows.front().date, rows.back().date + std::chrono::days(1)};
    fetched.rows = std::move(rows);
    ASSERT_TRUE(upsert_prices(prices_, std::vector{fetched}, kNow, {}));
  }

  std::vector<std::string> flags() {
    EXPECT_TRUE(update_quality(prices_, quality_, {}, kNow));
    std::vector<std::string> text;
    const TableState state = quality_.load().value();
    for (const auto& file : state.files) {
      const auto rows = read_quality(quality_, file).value();
      for (const auto& one : rows) {
        text.push_back(one.ticker + " " + to_string(one.date) + " " + one.flag);
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
  const std::vector<std::string> expected = {"BACK 2022-03-01 jump", "OLD 2022-03-01 no_trade"};
  EXPECT_EQ(flags(), expected);
  // An old year and the newest change at once: those between are not checked.
  add("STEADY", {row(2012, 9999)});
  add("OLD", {row(2022, 7, 0)});
  add("STEADY", {row(2022, 9)});
  const std::vector<std::string> later = {"BACK 2022-03-01 jump", "OLD 2022-03-01 no_trade",
                                          "STEADY 2022-03-01 jump"};
  EXPECT_EQ(flags(), later);
}

}  // namespace
}  // namespace signals
