// transform: after any change of its sources the table is, byte for byte, the one made from
// scratch.
#include "pipeline/transform.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <thread>

#include "lake/tables/prices.h"
#include "lake/tables/quality.h"

namespace signals {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();

class Silent : public Observer {
 public:
  void progress(const Progress&) override {}
  void info(const std::string&) override {}
  void warn(const std::string&) override {}
};

// A store of memory that no other test has.
std::shared_ptr<ObjectStore> fresh_store() {
  static int number = 0;
  return make_memory_store(fmt::format("transform-{}", ++number));
}

// A lake in memory whose prices are the map `bars`.
class Lake {
 public:
  Lake() {
    for (const char* ticker : {"AAA", "BBB", "CCC", "DDD", "EEE"}) add(ticker);
  }

  // Three bars a month from 2019 to 2022.
  void add(const std::string& ticker) {
    for (int month = 0; month < 48; ++month) {
      for (const unsigned day : {3U, 13U, 23U}) {
        const Date date = std::chrono::year(2019 + month / 12) /
                          std::chrono::month(static_cast<unsigned>(month % 12 + 1)) / day;
        const double close = 10 + (ticker[0] - 'A') + (month * 7 + static_cast<int>(day)) % 11;
        bars[ticker][date] = {.date = date,
                              .open = close,
                              .high = close + 1,
                              .low = close - 1,
                              .close = close,
                              .volume = 1000 + month * day,
                              .settled = false};
      }
    }
  }

  PriceRow& row(const std::string& ticker, const std::string& date) {
    PriceRow& found = bars[ticker][parse_date(date).value()];
    found.date = parse_date(date).value();
    return found;
  }

  // Commits `bars` as prices, each file anew.
  void load() {
    commit(prices_, prices_schema(), [&](Change& change) {
      std::map<Partition, std::vector<TickerBars>> parts;
      for (const auto& [ticker, rows] : bars) {
        for (const auto& [date, one] : rows) {
          auto& part = parts[{year_of(date), bucket_of(ticker)}];
          if (part.empty() || part.back().ticker != ticker) part.push_back({ticker, {}});
          part.back().rows.push_back(one);
        }
      }
      for (const auto& [partition, tickers] : parts) {
        change.added.push_back(write_prices(prices_, partition, tickers).value());
      }
    });
  }

  void flag(const std::vector<QualityRow>& rows) {
    commit(quality_, quality_schema(), [&](Change& change) {
      for (const auto& row : rows) {
        const Partition partition{year_of(row.date), bucket_of(row.ticker)};
        change.added.push_back(write_quality(quality_, partition, std::vector{row}).value());
      }
    });
  }

  TransformReport transform(const FeatureConfig& config, bool reload = false) {
    return try_transform(config, all_buckets(), reload).value();
  }

  Result<TransformReport> try_transform(const FeatureConfig& config, const std::set<int>& buckets,
                                        bool reload = false) {
    TransformRequest request;
    request.plan = make_plan(config).value();
    request.reload = reload;
    request.buckets = buckets;
    request.threads = 2;
    request.now = kNow;
    Silent observer;
    return signals::transform(prices_, quality_, features_, request, observer);
  }

  std::map<std::string, std::string> summary() {
    return features_.load().value().snapshots.back().summary;
  }

  // The bytes of the feature files, by partition.
  std::map<Partition, std::vector<std::string>> contents() {
    std::map<Partition, std::vector<std::string>> all;
    const TableState state = features_.load().value();
    for (const auto& file : state.files) {
      all[file.partition].push_back(store_->read(features_.key(file)).value());
    }
    return all;
  }

  std::map<std::string, std::map<Date, PriceRow>> bars;

 private:
  template <class Fill>
  void commit(const Table& table, const std::vector<ColumnSpec>& schema, const Fill& fill) {
    const auto build = [&](const TableState&) -> Result<Change> {
      Change change;
      change.replace_all = true;
      change.schema = schema;
      fill(change);
      return change;
    };
    ASSERT_TRUE(table.commit(build, kNow));
  }

  std::shared_ptr<ObjectStore> store_ = fresh_store();
  Table prices_{store_, kPricesTable}, quality_{store_, kQualityTable},
      features_{store_, "features"};
};

FeatureConfig config(ta::Mode mode = ta::Mode::causal) {
  FeatureConfig result;
  result.cmd = "volume";
  result.lags = {1, 2};
  result.mode = mode;
  result.skip = {"holiday_copy"};
  return result;
}

// The years of which an incremental transform after `change` wrote other files; the table is
// compared with one made from scratch.
template <class ChangeBars>
std::set<int> years_after(const FeatureConfig& wanted, const ChangeBars& change) {
  Lake lake;
  lake.load();
  lake.transform(wanted);
  const auto before = lake.contents();
  change(lake);
  lake.load();
  const auto report = lake.transform(wanted);
  const auto after = lake.contents();
  EXPECT_EQ(report.snapshot != report.snapshot_before, before != after);
  lake.transform(wanted, true);
  EXPECT_TRUE(lake.contents() == after);
  std::set<int> years;
  for (const auto* a : {&before, &after}) {
    const auto& b = a == &before ? after : before;
    for (const auto& [partition, files] : *a) {
      const auto found = b.find(partition);
      if (found == b.end() || found->second != files) years.insert(partition.year);
    }
  }
  return years;
}

TEST(TransformTest, ANewDayRewritesItsYear) {
  EXPECT_THAT(years_after(config(),
                          [](Lake& lake) {
                            lake.row("BBB", "2022-12-30") = {
                                .date = parse_date("2022-12-30").value(),
                                .high = 9,
                                .low = 7,
                                .close = 8,
                                .volume = 5};
                          }),
              ElementsAre(2022));
}

TEST(TransformTest, ARestatedOldRowRewritesTheYearsFromThereOn) {
  const auto restate = [](Lake& lake) { lake.row("CCC", "2020-06-13").close += 0.5; };
  EXPECT_THAT(years_after(config(), restate), ElementsAre(2020, 2021, 2022));
  EXPECT_THAT(years_after(config(ta::Mode::fillna), restate), testing::Contains(2020));
}

TEST(TransformTest, ABackfilledRowMovesTheFirstRowsThatLagsDrop) {
  EXPECT_THAT(years_after(config(),
                          [](Lake& lake) {
                            lake.row("AAA", "2018-12-28") = {
                                .date = parse_date("2018-12-28").value(),
                                .high = 9,
                                .low = 7,
                                .close = 8,
                                .volume = 5};
                          }),
              ElementsAre(2019, 2020, 2021, 2022));
}

TEST(TransformTest, ARemovedRowCountsAsAChange) {
  EXPECT_THAT(
      years_after(config(),
                  [](Lake& lake) { lake.bars["DDD"].erase(parse_date("2021-02-03").value()); }),
      ElementsAre(2021, 2022));
}

TEST(TransformTest, TickersComeAndGo) {
  EXPECT_THAT(years_after(config(), [](Lake& lake) { lake.add("NEW"); }),
              ElementsAre(2019, 2020, 2021, 2022));
  EXPECT_THAT(years_after(config(), [](Lake& lake) { lake.bars.erase("BBB"); }),
              ElementsAre(2019, 2020, 2021, 2022));
  EXPECT_THAT(years_after(config(),
                          [](Lake& lake) {
                            const std::map<Date, PriceRow> all = std::move(lake.bars["EEE"]);
                            lake.bars["EEE"] = {all.begin(), std::next(all.begin(), 40)};
                          }),
              ElementsAre(2020, 2021, 2022));
}

TEST(TransformTest, WhatFeaturesDoNotUseChangesNothing) {
  const auto confirm = [](Lake& lake) {
    for (auto& [ticker, rows] : lake.bars) {
      for (auto& [date, row] : rows) row.settled = true;
    }
    lake.row("AAA", "2020-06-13").dividend_factor = 1.25;
  };
  EXPECT_THAT(years_after(config(), confirm), IsEmpty());
  FeatureConfig total = config();
  total.total_return = true;
  EXPECT_THAT(years_after(total, confirm), ElementsAre(2020, 2021, 2022));
}

TEST(TransformTest, FlaggedBarsAreAsIfTheyWereNotThere) {
  Lake flagged, without;
  flagged.load();
  flagged.flag({{"BBB", parse_date("2020-06-13").value(), "holiday_copy", 1},
                {"BBB", parse_date("2021-06-13").value(), "jump", 100}});
  flagged.transform(config());
  without.bars["BBB"].erase(parse_date("2020-06-13").value());
  without.load();
  without.transform(config());
  EXPECT_TRUE(flagged.contents() == without.contents());
}

TEST(TransformTest, AFlagThatComesOrGoesIsAChange) {
  Lake lake;
  lake.load();
  lake.transform(config());
  const auto clean = lake.contents();
  const QualityRow copy{"BBB", parse_date("2021-06-13").value(), "holiday_copy", 1};
  lake.flag({copy});
  EXPECT_EQ(lake.transform(config()).files_written, 2);  // 2021 and 2022 of one bucket
  const auto after = lake.contents();
  lake.flag({copy, {"AAA", copy.date, "jump", 100}});
  EXPECT_EQ(lake.transform(config()).files_written, 0);  // a jump is not skipped
  EXPECT_TRUE(lake.contents() == after);
  lake.flag({{"AAA", copy.date, "jump", 100}});
  lake.transform(config());
  EXPECT_TRUE(lake.contents() == clean);
}

// The buckets of the lake's tickers, and the rest of them.
std::set<int> buckets_of(const std::vector<std::string>& tickers) {
  std::set<int> buckets;
  for (const auto& ticker : tickers) buckets.insert(bucket_of(ticker));
  return buckets;
}

std::set<int> other_buckets(const std::set<int>& buckets) {
  std::set<int> others;
  std::ranges::set_difference(all_buckets(), buckets, std::inserter(others, others.end()));
  return others;
}

TEST(TransformTest, MachinesMayShareTheBuckets) {
  Lake whole;
  whole.load();
  whole.transform(config());

  Lake shared;
  shared.load();
  for (const int bucket : all_buckets()) {
    ASSERT_TRUE(shared.try_transform(config(), {bucket}));
  }
  EXPECT_TRUE(shared.contents() == whole.contents());
  const auto report = shared.transform(config());
  EXPECT_EQ(report.snapshot, report.snapshot_before);
}

TEST(TransformTest, MachinesMayShareTheBucketsAtTheSameTime) {
  Lake whole, shared;
  whole.load();
  shared.load();
  whole.transform(config());
  std::vector<std::thread> machines;
  for (int machine = 0; machine < 4; ++machine) {
    machines.emplace_back([&shared, machine] {
      const int first = 4 * machine;
      EXPECT_TRUE(shared.try_transform(config(), {first, first + 1, first + 2, first + 3}));
    });
  }
  for (auto& machine : machines) machine.join();
  EXPECT_TRUE(shared.contents() == whole.contents());
  const auto report = shared.transform(config());
  EXPECT_EQ(report.snapshot, report.snapshot_before);
}

TEST(TransformTest, BucketsKnowWhatEachWasMadeOf) {
  const std::set<int> some = buckets_of({"AAA", "BBB"});
  Lake lake;
  lake.load();
  ASSERT_TRUE(lake.try_transform(config(), some));
  EXPECT_EQ(lake.summary().at("source-snapshot"), "1");
  EXPECT_THAT(lake.summary().at("source-snapshot-of-buckets"), HasSubstr("=0"));

  for (const char* ticker : {"AAA", "CCC"}) lake.row(ticker, "2020-05-13").close += 1;
  lake.load();
  ASSERT_TRUE(lake.try_transform(config(), other_buckets(some)));
  EXPECT_EQ(lake.summary().at("source-snapshot"), "2");
  EXPECT_THAT(lake.summary().at("source-snapshot-of-buckets"), HasSubstr("=1"));

  const auto same_bucket = [&](const auto& one) {
    return bucket_of(one.first) == bucket_of("AAA");
  };
  EXPECT_EQ(lake.transform(config()).tickers, std::ranges::count_if(lake.bars, same_bucket));
  EXPECT_FALSE(lake.summary().contains("source-snapshot-of-buckets"));
  const auto after = lake.contents();
  lake.transform(config(), true);
  EXPECT_TRUE(lake.contents() == after);
}

TEST(TransformTest, AReloadOfSomeBucketsKeepsTheConfiguration) {
  Lake lake;
  lake.load();
  lake.transform(config());
  const auto before = lake.contents();
  const std::set<int> some = buckets_of({"AAA"});
  const auto other = lake.try_transform(config(ta::Mode::ta), some, true);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::config_differs);
  const auto report = lake.try_transform(config(), some, true);
  ASSERT_TRUE(report);
  EXPECT_NE(report->snapshot, report->snapshot_before);
  EXPECT_TRUE(lake.contents() == before);
}

TEST(TransformTest, BucketsAreNumbers) {
  EXPECT_EQ(parse_buckets("0,3,8-11").value(), (std::set<int>{0, 3, 8, 9, 10, 11}));
  EXPECT_EQ(parse_buckets("0-15").value(), all_buckets());
  for (const char* text : {"", "16", "-1", "3-1", "1-2-3", "a", "1,,2", "1 "}) {
    EXPECT_FALSE(parse_buckets(text)) << text;
  }
}

TEST(TransformTest, SkipNamesFlags) {
  EXPECT_THAT(parse_skip("none").value(), IsEmpty());
  EXPECT_THAT(parse_skip("holiday_copy,jump,jump").value(), ElementsAre("jump", "holiday_copy"));
  EXPECT_THAT(parse_skip("jumps").error().what,
              HasSubstr("ohlc_violation, jump, minor_units, no_trade, holiday_copy"));
  EXPECT_EQ(parse_skip("").error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace signals
