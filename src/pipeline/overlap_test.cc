#include "pipeline/overlap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/bars_fixture.h"

namespace signals {
namespace {

using std::chrono::days;

const Date kFirst = parse_date("2022-10-03").value();

std::vector<PriceRow> rows(const std::vector<double>& closes) {
  std::vector<PriceRow> result;
  for (const double close : closes) {
    result.push_back({.date = kFirst + days(result.size()), .close = close});
  }
  return result;
}

Fetched fetched(const std::vector<double>& closes) {
  Fetched result;
  result.rows = fetched_rows(rows(closes));
  return result;
}

std::vector<DatedClose> closes(const std::vector<double>& values) {
  std::vector<DatedClose> result;
  for (const auto& row : rows(values)) result.push_back({row.date, row.close});
  return result;
}

TEST(OverlapTest, TheSameAndSmallCorrectionsStayInTheOverlap) {
  const auto stored = rows({10, 11, 12, 13, 14, 15});
  const Overlap same = compare_overlap(stored, fetched({10, 11, 12, 13, 14, 15, 16}));
  EXPECT_FALSE(same.reaches_back);
  EXPECT_EQ(same.compared, 6);
  EXPECT_EQ(same.different, 0);
  EXPECT_FALSE(compare_overlap(stored, fetched({10, 11, 12, 13, 14.1, 15.2})).reaches_back);
  EXPECT_FALSE(compare_overlap({}, fetched({1})).reaches_back);
  // float32 as it was printed once and again
  EXPECT_FALSE(compare_overlap(rows({10}), fetched({10.000001})).reaches_back);
}

TEST(OverlapTest, AFactorIsASplit) {
  auto fresh = fetched({5, 5.5, 6, 6.5});
  Overlap overlap = compare_overlap(rows({10, 11, 12, 13}), fresh);
  EXPECT_TRUE(overlap.reaches_back);
  EXPECT_DOUBLE_EQ(overlap.factor, 0.5);
  EXPECT_FALSE(overlap.split);
  fresh.splits[kFirst + days(4)] = 2;
  overlap = compare_overlap(rows({10, 11, 12, 13}), fresh);
  EXPECT_TRUE(overlap.split);
}

TEST(OverlapTest, AnOldOrAManifoldChangeReachesBack) {
  const auto stored = rows({10, 11, 12, 13, 14, 15});
  EXPECT_TRUE(compare_overlap(stored, fetched({10.1, 11, 12, 13, 14, 15})).reaches_back);
  EXPECT_TRUE(compare_overlap(stored, fetched({10, 11, 12.1, 13.1, 14.1, 15.1})).reaches_back);
}

TEST(OverlapTest, ASplitThatIsNotStoredReachesBack) {
  auto stored = rows({10, 11, 12});
  auto fresh = fetched({10, 11, 12});
  fresh.splits[kFirst + days(1)] = 2;
  EXPECT_TRUE(compare_overlap(stored, fresh).reaches_back);
  stored[1].split_ratio = 2;
  EXPECT_FALSE(compare_overlap(stored, fresh).reaches_back);
  fresh.splits[kFirst - days(3)] = 3;  // older than what is compared
  EXPECT_FALSE(compare_overlap(stored, fresh).reaches_back);
  fresh.splits[kFirst + days(2)] = 1;  // for every share one
  EXPECT_FALSE(compare_overlap(stored, fresh).reaches_back);
}

TEST(OverlapTest, ASplitOfASuspendedListingReachesBack) {
  const auto before = rows({10, 11});
  auto fresh = fetched({10, 11});
  fresh.splits[kFirst + days(40)] = 0.1;  // before it trades again
  EXPECT_TRUE(compare_overlap(before, fresh).reaches_back);
  EXPECT_TRUE(compare_overlap(before, fresh).split);
  auto after = rows({10, 11, 110});
  after.back().date = kFirst + days(30);
  fresh.rows = fetched_rows(after);  // and after
  EXPECT_TRUE(compare_overlap(before, fresh).reaches_back);
  // Beside rows of which only some are known, prices alone count.
  EXPECT_FALSE(compare_overlap(before, fresh, Events::ignored).reaches_back);
  fresh.rows.bars[0].close = 100;
  EXPECT_TRUE(compare_overlap(before, fresh, Events::ignored).reaches_back);
}

TEST(OverlapTest, RowsThatNothingComparesWithReachBack) {
  auto fresh = fetched({10, 11});
  fresh.rows.bars.erase(fresh.rows.bars.begin());
  EXPECT_TRUE(compare_overlap(rows({10}), fresh).reaches_back);
  fresh.rows.bars.clear();  // nothing new, nothing beside them
  EXPECT_FALSE(compare_overlap(rows({10}), fresh).reaches_back);
}

std::vector<double> walk(std::size_t size, double factor) {
  std::vector<double> values;
  for (std::size_t i = 0; i < size; ++i) {
    values.push_back(factor * (100 + static_cast<double>(i % 7)));
  }
  return values;
}

TEST(ReplacementTest, AWholeHistoryOnANewScaleIsTaken) {
  auto fresh = fetched(walk(101, 0.25));
  fresh.splits[kFirst + days(100)] = 4;
  const auto verdict = check_replacement(closes(walk(100, 1)), fresh, {}, {});
  EXPECT_FALSE(verdict.objection);
  EXPECT_TRUE(verdict.new_scale);
  EXPECT_TRUE(verdict.split);
  EXPECT_DOUBLE_EQ(verdict.factor, 0.25);
  EXPECT_EQ(verdict.changed_from, kFirst);
  EXPECT_FALSE(check_replacement(closes(walk(100, 1)), fetched(walk(100, 1)), {}, {}).new_scale);
}

TEST(ReplacementTest, PenceMayBecomePounds) {
  const auto stored = closes(walk(100, 1));
  const auto taken = [&](double factor, std::string_view from, std::string_view to) {
    return !check_replacement(stored, fetched(walk(100, factor)), Label{from}, Label{to}).objection;
  };
  EXPECT_TRUE(taken(0.01, "GBp", "GBP"));
  EXPECT_TRUE(taken(100, "ZAR", "ZAc"));
  EXPECT_TRUE(taken(1, "GBp", "GBX"));
  EXPECT_FALSE(taken(1, "GBp", "GBP"));  // the word alone: one of the two is wrong
  EXPECT_FALSE(taken(0.01, "GBP", "GBp"));
  EXPECT_FALSE(taken(0.01, "GBp", "EUR"));
}

TEST(ReplacementTest, ADamagedOneIsNot) {
  using testing::HasSubstr;
  const auto stored = closes(walk(100, 1));
  const auto objection = [&](const Fetched& fresh, std::string_view currency = "USD") {
    return check_replacement(stored, fresh, Label{"USD"}, Label{currency}).objection.value_or("");
  };
  EXPECT_EQ(objection(fetched(walk(98, 2))), "");
  EXPECT_THAT(objection(fetched(walk(97, 2))), HasSubstr("97 bars, 100 are stored"));
  EXPECT_EQ(objection(fetched(walk(50, 1))), "");  // the other half stays as it is
  EXPECT_THAT(objection(fetched(walk(100, 1)), "EUR"), HasSubstr("EUR and was USD"));
  auto lost_split = walk(100, 1);
  for (std::size_t i = 0; i < 50; ++i) lost_split[i] *= 4;
  EXPECT_THAT(objection(fetched(lost_split)), HasSubstr("jumps on 2022-11-22"));
  // A jump that is stored already, or that comes with a new bar, is one of the market.
  auto crash = walk(100, 1);
  for (std::size_t i = 50; i < 100; ++i) crash[i] /= 4;
  EXPECT_FALSE(check_replacement(closes(crash), fetched(crash), {}, {}).objection);
  auto last = walk(101, 1);
  last[100] = 30;
  EXPECT_EQ(objection(fetched(last)), "");
}

}  // namespace
}  // namespace signals
