#include "lake/vacuum.h"

#include <gtest/gtest.h>

#include "lake/table_fixture.h"

namespace signals {
namespace {

class VacuumTest : public TableTest {
 protected:
  // A commit on a day counted from the first; the store's clock is the machine's, so days lie
  // around the present.
  void commit_on(int day, int bucket = 1) {
    ASSERT_TRUE(table_.commit(
        [&](const TableState&) {
          return one_file(table_, {2020, bucket});
        },
        first_ + std::chrono::days(day)));
  }
  VacuumedTable run(int day, int keep = 7) {
    return vacuum(store_, std::chrono::days(keep), first_ + std::chrono::days(day))->front();
  }

  const Instant first_ = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()));
};

TEST_F(VacuumTest, WhatWasCurrentLatelyStays) {
  for (const int day : {0, 1, 2, 9, 10}) commit_on(day);
  const auto done = run(11);  // since day 4
  EXPECT_EQ(done.expired, 2);
  EXPECT_EQ(done.kept, 3);
  const auto state = table_.load().value();
  EXPECT_EQ(state.snapshots.front().id, 3);  // was current until day 9
  EXPECT_EQ(data_objects(), 3U);
  for (const auto& snapshot : state.snapshots) {
    const auto then = table_.load_snapshot(snapshot.id);
    ASSERT_TRUE(then);
    for (const auto& file : then->files) EXPECT_TRUE(store_->read(table_.key(file)));
  }
  EXPECT_EQ(run(11).expired, 0);
  EXPECT_EQ(table_.load()->version, state.version);  // nothing to do, nothing committed
  commit_on(12);
  EXPECT_EQ(table_.load()->snapshot_id(), 6);
}

TEST_F(VacuumTest, NothingYoungIsRemoved) {
  commit_on(0);
  commit_on(0);
  ASSERT_TRUE(store_->put_if_absent("t/data/2020/01/of-a-killed-writer.parquet", "x"));
  EXPECT_EQ(run(0, 0).files, 0);
  EXPECT_EQ(run(0, 0).kept, 1);
  EXPECT_EQ(data_objects(), 3U);
  EXPECT_GT(run(2, 0).files, 2);
  EXPECT_EQ(data_objects(), 1U);
  EXPECT_EQ(table_.load()->files.size(), 1U);
}

TEST_F(VacuumTest, WhatAnotherTableWasMadeOfStays) {
  for (const int day : {0, 1, 2}) commit_on(day);
  const Table other(store_, "u");
  ASSERT_TRUE(other.commit(
      [&](const TableState&) {
        Change change = one_file(other, {2020, 1});
        change.summary = {{"source-snapshot", "1"}, {"source-uuid", table_.load()->uuid}};
        return change;
      },
      first_));
  EXPECT_EQ(run(20).expired, 1);
  EXPECT_TRUE(table_.load_snapshot(1));
  EXPECT_FALSE(table_.load_snapshot(2));
}

TEST_F(VacuumTest, WhatSingleBucketsOfAnotherTableWereMadeOfStays) {
  for (const int day : {0, 1, 2, 3}) commit_on(day);
  const Table other(store_, "u");
  ASSERT_TRUE(other.commit(
      [&](const TableState&) {
        Change change = one_file(other, {2020, 1});
        change.summary = {{"source-snapshot", "3"},
                          {"source-snapshot-of-buckets", "0=1,7=0"},
                          {"source-uuid", table_.load()->uuid}};
        return change;
      },
      first_));
  EXPECT_EQ(run(20).expired, 1);
  EXPECT_TRUE(table_.load_snapshot(1));
  EXPECT_FALSE(table_.load_snapshot(2));
  EXPECT_TRUE(table_.load_snapshot(3));
}

TEST_F(VacuumTest, OnlyWhatIsPublishedWithASnapshotStays) {
  const auto publish = [&](int day, const std::string& folder) {
    ASSERT_TRUE(table_.commit(
        [&](const TableState&) {
          Change change = one_file(table_, {2020, 1});
          change.summary = {{kPublished, folder}};
          return change;
        },
        first_ + std::chrono::days(day)));
    ASSERT_TRUE(store_->replace("t/" + folder + "/manifest.json", "{}"));
  };
  publish(0, "published/1-a");
  publish(1, "published/2-b");
  ASSERT_TRUE(store_->replace("t/published/2-b-of-a-killed-run/mapping.parquet", "x"));
  ASSERT_TRUE(store_->replace("t/live_features.parquet", "x"));
  const auto left = [&] {
    std::vector<std::string> keys;
    const auto objects = store_->list("t/published/").value();
    for (const auto& object : objects) keys.push_back(object.key);
    return keys;
  };
  (void)run(0, 0);  // forgets the first snapshot; its folder is young
  EXPECT_EQ(left().size(), 3U);
  (void)run(2, 0);
  EXPECT_EQ(left(), std::vector<std::string>{"t/published/2-b/manifest.json"});
  EXPECT_TRUE(store_->read("t/live_features.parquet"));
}

TEST_F(VacuumTest, MetadataDoesNotGrowWithoutBound) {
  for (int i = 0; i < 130; ++i) commit_on(0, i % 4);
  const auto before = store_->list("t/metadata/").value().size();
  (void)run(20);
  (void)run(20);
  const auto after = store_->list("t/metadata/").value();
  // The last 100 versions, the current one, the hint, a list, four manifests.
  EXPECT_LE(after.size(), 107U);
  EXPECT_LT(after.size(), before / 2);
  EXPECT_EQ(table_.load()->files.size(), 4U);
}

}  // namespace
}  // namespace signals
