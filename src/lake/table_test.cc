#include "lake/table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "lake/metadata.h"
#include "lake/partition.h"

namespace signals {
namespace {

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();

// The vectors of the Iceberg specification, appendix B.
TEST(PartitionTest, HashesAsIcebergDoes) {
  EXPECT_EQ(static_cast<std::int32_t>(murmur3("iceberg")), 1210000089);
  EXPECT_EQ(murmur3(""), 0U);
  EXPECT_GE(bucket_of("000060.KS"), 0);
  EXPECT_LT(bucket_of("000060.KS"), kBuckets);
}

Change one_file(const Table& table, Partition partition) {
  Change change;
  DataFile file;
  file.path = table.new_path(partition);
  file.partition = partition;
  file.rows = 1;
  (void)table.store().put_if_absent(table.key(file), "data");
  change.replaced = {partition};
  change.added = {file};
  change.schema = {{"ticker", "string", true, Partitioning::bucket},
                   {"date", "date", true, Partitioning::year}};
  return change;
}

class TableTest : public testing::Test {
 protected:
  std::shared_ptr<ObjectStore> store_ =
      make_memory_store(testing::UnitTest::GetInstance()->current_test_info()->name());
  Table table_{store_, "t"};

  std::size_t data_objects() { return store_->list("t/data").value().size(); }
};

TEST_F(TableTest, SnapshotsReplacePartitions) {
  EXPECT_FALSE(table_.load().value().exists());
  for (const Partition partition : {Partition{2020, 1}, Partition{2021, 1}, Partition{2020, 1}}) {
    ASSERT_TRUE(
        table_.commit([&](const TableState&) { return one_file(table_, partition); }, kNow));
  }
  const auto state = table_.load().value();
  EXPECT_EQ(state.version, 3);
  EXPECT_EQ(state.snapshot_id(), 3);
  EXPECT_EQ(state.files.size(), 2U);
  EXPECT_EQ(state.snapshots.back().summary.at("total-records"), "2");
  EXPECT_EQ(table_.load_snapshot(1).value().files.size(), 1U);
  EXPECT_EQ(table_.load_snapshot(9).error().code, ErrorCode::no_snapshot);
  EXPECT_EQ(store_->read("t/metadata/version-hint.text").value(), "3");
}

TEST_F(TableTest, NoChangeIsNoSnapshot) {
  ASSERT_TRUE(table_.commit([](const TableState&) { return Change{}; }, kNow));
  EXPECT_FALSE(table_.load().value().exists());
}

TEST_F(TableTest, AFailedBuildCommitsNothing) {
  const auto failed = table_.commit(
      [](const TableState&) -> Result<Change> { return fail(ErrorCode::store_read, "x"); }, kNow);
  EXPECT_EQ(failed.error().code, ErrorCode::store_read);
  EXPECT_FALSE(table_.load().value().exists());
}

// A writer that commits between another's build and commit.
TEST_F(TableTest, ARivalInAnotherBucketIsRebasedOnto) {
  int builds = 0;
  const auto state = table_.commit(
      [&](const TableState&) {
        if (++builds == 1) {
          EXPECT_TRUE(table_.commit(
              [&](const TableState&) {
                return one_file(table_, {2020, 7});
              },
              kNow));
        }
        return one_file(table_, {2020, 1});
      },
      kNow);
  // The rival made the table: its schema is new, so the change is built anew once.
  ASSERT_TRUE(state);
  EXPECT_EQ(state->files.size(), 2U);
  EXPECT_EQ(data_objects(), 2U);
  builds = 0;
  ASSERT_TRUE(table_.commit(
      [&](const TableState&) {
        if (++builds == 1) {
          EXPECT_TRUE(table_.commit(
              [&](const TableState&) {
                return one_file(table_, {2021, 7});
              },
              kNow));
        }
        return one_file(table_, {2021, 1});
      },
      kNow));
  EXPECT_EQ(builds, 1);
  EXPECT_EQ(table_.load().value().files.size(), 4U);
}

TEST_F(TableTest, ARivalInTheSameBucketMakesUsBuildAgain) {
  ASSERT_TRUE(table_.commit([&](const TableState&) { return one_file(table_, {2019, 1}); }, kNow));
  int builds = 0;
  ASSERT_TRUE(table_.commit(
      [&](const TableState& base) {
        if (++builds == 1) {
          EXPECT_TRUE(table_.commit(
              [&](const TableState&) {
                return one_file(table_, {2020, 1});
              },
              kNow));
        } else {
          EXPECT_EQ(base.snapshot_id(), 2);
        }
        return one_file(table_, {2021, 1});
      },
      kNow));
  EXPECT_EQ(builds, 2);
  EXPECT_EQ(table_.load().value().files.size(), 3U);
  EXPECT_EQ(data_objects(), 3U);  // the files of the first build are gone
}

TEST_F(TableTest, ManyWritersLoseNothing) {
  constexpr int kWriters = 4, kCommits = 8;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      const Table mine(store_, "t");
      for (int c = 0; c < kCommits; ++c) {
        EXPECT_TRUE(mine.commit(
            [&](const TableState&) {
              return one_file(mine, {2000 + c, w});
            },
            kNow));
      }
    });
  }
  for (auto& writer : writers) writer.join();
  const auto state = table_.load().value();
  EXPECT_EQ(state.files.size(), static_cast<std::size_t>(kWriters * kCommits));
  EXPECT_EQ(state.snapshot_id(), kWriters * kCommits);
}

TEST(MetadataTest, DamageIsNamed) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"format":"signals-table-1"})", R"({"format-version":3})",
        R"({"format-version":2,"table-uuid":5})"}) {
    const auto read = parse_metadata(text, "lake/t/v1");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::bad_metadata);
    EXPECT_EQ(read.error().what.find("lake/t/v1: "), 0U);
  }
}

}  // namespace
}  // namespace signals
