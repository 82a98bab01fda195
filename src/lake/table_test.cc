#include "lake/table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "lake/partition.h"
#include "lake/table_fixture.h"

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

TEST_F(TableTest, SingleFilesMakeWayAndATagNamesTheSnapshot) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(table_.commit(
        [&](const TableState&) {
          Change change = one_file(table_, {2020, 1});
          change.replaced.clear();
          return change;
        },
        kNow));
  }
  const auto before = table_.load().value();
  ASSERT_EQ(before.files.size(), 2U);
  const auto after = table_.commit(
      [&](const TableState& base) {
        Change change = one_file(table_, {2021, 1});
        change.removed = {base.files.front().path};
        change.tag = "live";
        return change;
      },
      kNow);
  ASSERT_TRUE(after);
  ASSERT_EQ(after->files.size(), 2U);
  EXPECT_EQ(after->files.front().path, before.files.back().path);
  const auto again = table_.load().value();
  EXPECT_EQ(again.tags, (std::map<std::string, std::int64_t>{{"live", 3}}));
  EXPECT_EQ(again.files.size(), 2U);
}

TEST_F(TableTest, ARivalThatRemovedTheSameFileMakesUsBuildAgain) {
  ASSERT_TRUE(table_.commit([&](const TableState&) { return one_file(table_, {2020, 1}); }, kNow));
  int builds = 0;
  const auto after = table_.commit(
      [&](const TableState& base) {
        Change change = one_file(table_, {2020, 2});
        change.replaced.clear();
        for (const auto& file : base.files) {
          if (file.partition.bucket == 1) change.removed.insert(file.path);
        }
        if (++builds == 1) {
          EXPECT_TRUE(table_.commit(
              [&](const TableState&) {
                return one_file(table_, {2020, 1});
              },
              kNow));
        }
        return change;
      },
      kNow);
  ASSERT_TRUE(after);
  EXPECT_EQ(builds, 2);
  EXPECT_EQ(after->files.size(), 1U);
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

TEST_F(TableTest, ACommitWritesOneManifestForEachBucketItTouches) {
  for (const int bucket : {1, 2, 3, 2}) {
    ASSERT_TRUE(table_.commit(
        [&](const TableState& base) {
          return one_file(table_, {2000 + base.version, bucket});
        },
        kNow));
  }
  const auto state = table_.load().value();
  ASSERT_EQ(state.manifests.size(), 3U);
  EXPECT_EQ(state.manifests.back().added.files, 1);
  EXPECT_EQ(state.manifests.back().kept.files, 1);
  EXPECT_EQ(state.manifests.back().lowest, (Partition{2001, 2}));
  EXPECT_EQ(state.manifests.back().highest, (Partition{2003, 2}));
  EXPECT_EQ(state.snapshots.back().summary.at("operation"), "append");
  // Written in place of an earlier one, a bucket's manifest tells which file went.
  const auto replaced = table_.commit(
      [&](const TableState&) {
        return one_file(table_, {2000, 1});
      },
      kNow);
  EXPECT_EQ(replaced->manifests.back().deleted.files, 1);
  EXPECT_EQ(replaced->snapshots.back().summary.at("operation"), "overwrite");
  EXPECT_EQ(table_.load()->files.size(), 4U);
}

TEST_F(TableTest, AStateReadAgainIsTheStateThatWasCommitted) {
  TableState committed;
  for (const Partition partition : {Partition{2020, 1}, Partition{2021, 2}, Partition{2020, 1}}) {
    committed =
        table_.commit([&](const TableState&) { return one_file(table_, partition); }, kNow).value();
  }
  const auto read = table_.load().value();
  ASSERT_EQ(read.files.size(), committed.files.size());
  for (std::size_t i = 0; i < read.files.size(); ++i) {
    EXPECT_EQ(read.files[i].path, committed.files[i].path);
    EXPECT_EQ(read.files[i].added_by, committed.files[i].added_by);
    EXPECT_EQ(read.manifests[read.files[i].manifest].path,
              committed.manifests[committed.files[i].manifest].path);
  }
}

// Engines refuse a table whose history goes back in time; a run may be told any present.
TEST_F(TableTest, TimeNeverGoesBack) {
  for (const auto hours : {0, -48, 1}) {
    ASSERT_TRUE(table_.commit(
        [&](const TableState&) {
          return one_file(table_, {2020, 1});
        },
        kNow + std::chrono::hours(hours)));
  }
  const auto state = table_.load().value();
  EXPECT_EQ(state.snapshots[1].committed_at, kNow);
  EXPECT_EQ(state.snapshots[2].committed_at, kNow + std::chrono::hours(1));
}

TEST_F(TableTest, SnapshotsAreFoundByNumberAndByTime) {
  for (const auto days : {0, 1, 3}) {
    ASSERT_TRUE(table_.commit(
        [&](const TableState&) {
          return one_file(table_, {2000 + days, 1});
        },
        kNow + std::chrono::days(days)));
  }
  const auto found = [&](const char* text) {
    const auto state = table_.load_snapshot_of(text);
    return state ? state->snapshot_id() : -state.error().exit_code;
  };
  EXPECT_EQ(found("2"), 2);
  EXPECT_EQ(found("2022-10-21"), 1);  // until its end
  EXPECT_EQ(found("221021"), 1);
  EXPECT_EQ(found("2022-10-23"), 2);
  EXPECT_EQ(found("2022-10-24T22:59:59Z"), 2);
  EXPECT_EQ(found("2022-10-24T23:00:00Z"), 3);
  EXPECT_EQ(found("2030-01-01"), 3);
  EXPECT_EQ(found("2022-10-20"), -1);  // before there was any
  EXPECT_EQ(found("4"), -1);
  EXPECT_EQ(found("yesterday"), -2);
  EXPECT_EQ(table_.load_snapshot_of("4").error().code, ErrorCode::no_snapshot);
}

TEST_F(TableTest, OtherColumnsAreRefusedUnlessTheTableIsBuiltAnew) {
  ASSERT_TRUE(table_.commit([&](const TableState&) { return one_file(table_, {2020, 1}); }, kNow));
  Change change;
  const auto build = [&](const TableState&) {
    Change next = change;
    next.added = one_file(table_, {2020, 1}).added;
    return next;
  };
  change.replace_all = true;
  change.schema = {{"ticker", "string", true, Partitioning::bucket}};
  EXPECT_EQ(table_.commit(build, kNow).error().code, ErrorCode::schema_differs);
  EXPECT_EQ(data_objects(), 1U);
  change.new_schema = true;
  change.schema = {{"ticker", "string", true, Partitioning::bucket, 1},
                   {"date", "date", true, Partitioning::year, 2},
                   {"close", "double", false, Partitioning::none, 3}};
  ASSERT_TRUE(table_.commit(build, kNow));
  EXPECT_EQ(table_.load()->schema.size(), 3U);
  EXPECT_EQ(table_.load_snapshot(1)->schema.size(), 2U);
}

TEST_F(TableTest, AStaleOrMissingHintDoesNotMatter) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(table_.commit(
        [&](const TableState&) {
          return one_file(table_, {2020, 1});
        },
        kNow));
  }
  for (const char* hint : {"1", "9", "", "no number"}) {
    ASSERT_TRUE(store_->replace("t/metadata/version-hint.text", hint));
    EXPECT_EQ(table_.load()->version, 3) << hint;
  }
  ASSERT_TRUE(store_->remove("t/metadata/version-hint.text"));
  EXPECT_EQ(table_.load()->version, 3);
}

// A table whose objects were copied to another lake, as `cp -r` does.
TEST_F(TableTest, AMovedTableIsReadAndItsNextCommitSaysWhereItIs) {
  for (const int bucket : {1, 2}) {
    ASSERT_TRUE(table_.commit(
        [&](const TableState&) {
          return one_file(table_, {2020, bucket});
        },
        kNow));
  }
  const auto copy = make_memory_store("elsewhere");
  const auto objects = store_->list("").value();
  for (const auto& object : objects) {
    ASSERT_TRUE(copy->put_if_absent(object.key, store_->read(object.key).value()));
  }
  const Table there(copy, "t");
  const auto moved = there.load().value();
  EXPECT_TRUE(there.is_moved(moved));
  EXPECT_EQ(moved.files.size(), 2U);
  const auto next =
      there.commit(
               [&](const TableState&) {
                 return one_file(there, {2020, 1});
               },
               kNow)
          .value();
  EXPECT_FALSE(there.is_moved(there.load().value()));
  for (const std::int64_t id : {1, 2, 3}) {
    const auto state = there.load_snapshot(id);
    ASSERT_TRUE(state) << state.error().what;
    EXPECT_EQ(state->files.size(), id == 1 ? 1U : 2U);
  }
  const std::string old_place = store_->uri("t");
  const auto needed = there.referenced(next).value();
  for (const auto& key : needed) {
    if (key.find("/data/") != std::string::npos || key.find("/v") != std::string::npos) continue;
    EXPECT_EQ(copy->read(key)->find(old_place + "/"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace signals
