// One suite of behaviours, run over every object store.
#include "lake/store.h"

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

namespace signals {
namespace {

struct Kind {
  const char* name;
  std::function<std::shared_ptr<ObjectStore>(const std::string&)> make;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class StoreTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("signals-store-{}-{}", ::getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    store_ = GetParam().make(folder_.string());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> keys(const std::string& prefix) {
    std::vector<std::string> found;
    const auto objects = store_->list(prefix).value();
    for (const auto& object : objects) found.push_back(object.key);
    return found;
  }

  std::filesystem::path folder_;
  std::shared_ptr<ObjectStore> store_;
};

using Keys = std::vector<std::string>;

TEST_P(StoreTest, AnEmptyStoreIsNoError) {
  EXPECT_TRUE(keys("").empty());
  EXPECT_TRUE(keys("prices/metadata/v").empty());
  const auto missing = store_->read("prices/x");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::no_input);
  EXPECT_TRUE(store_->remove("prices/x"));
}

TEST_P(StoreTest, PutIfAbsentNeverReplaces) {
  ASSERT_TRUE(store_->put_if_absent("a/b/c", "one"));
  const auto again = store_->put_if_absent("a/b/c", "two");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::already_exists);
  EXPECT_EQ(store_->read("a/b/c").value(), "one");
}

TEST_P(StoreTest, ReplaceCreatesAndReplaces) {
  ASSERT_TRUE(store_->replace("a/hint", "1"));
  ASSERT_TRUE(store_->replace("a/hint", "22"));
  EXPECT_EQ(store_->read("a/hint").value(), "22");
  EXPECT_EQ(keys(""), Keys{"a/hint"});
}

TEST_P(StoreTest, ListsByPrefixInOrder) {
  for (const char* key :
       {"t/metadata/v2.json", "t/metadata/v1.json", "t/metadata/w", "u/x", "^GSPC=F %20/y"}) {
    ASSERT_TRUE(store_->put_if_absent(key, "x"));
  }
  EXPECT_EQ(keys("t/metadata/v"), (Keys{"t/metadata/v1.json", "t/metadata/v2.json"}));
  EXPECT_EQ(keys("u/"), Keys{"u/x"});
  EXPECT_EQ(keys("").size(), 5U);
  EXPECT_EQ(store_->list("u/").value()[0].bytes, 1);
}

TEST_P(StoreTest, AStreamAppearsWhenItCloses) {
  {
    const auto stream = store_->create("data/f").value();
    ASSERT_TRUE(stream->Write("abc", 3).ok());
    EXPECT_TRUE(keys("").empty());
    ASSERT_TRUE(stream->Write("def", 3).ok());
    EXPECT_EQ(stream->Tell().ValueOrDie(), 6);
    ASSERT_TRUE(stream->Close().ok());
  }
  EXPECT_EQ(store_->read("data/f").value(), "abcdef");
  const auto file = store_->open("data/f").value();
  EXPECT_EQ(file->GetSize().ValueOrDie(), 6);
}

TEST_P(StoreTest, AnAbandonedStreamLeavesNothing) {
  {
    const auto stream = store_->create("data/f").value();
    ASSERT_TRUE(stream->Write("abc", 3).ok());
    ASSERT_TRUE(stream->Abort().ok());
  }
  EXPECT_TRUE(keys("").empty());
}

TEST_P(StoreTest, OneOfManyWinsARace) {
  for (int round = 0; round < 20; ++round) {
    const std::string key = fmt::format("race/{}", round);
    std::atomic<int> winners = 0;
    std::vector<std::thread> racers;
    for (int i = 0; i < 4; ++i) {
      racers.emplace_back(
          [&, i] { winners += store_->put_if_absent(key, std::to_string(i)) ? 1 : 0; });
    }
    for (auto& racer : racers) racer.join();
    EXPECT_EQ(winners, 1);
  }
}

TEST_P(StoreTest, RemoveRemoves) {
  ASSERT_TRUE(store_->put_if_absent("a/b", "x"));
  ASSERT_TRUE(store_->remove("a/b"));
  EXPECT_FALSE(store_->read("a/b"));
}

TEST_P(StoreTest, FoldersAreThoseAtTheRoot) {
  EXPECT_TRUE(store_->folders().value().empty());
  for (const char* key : {"b/x/y", "a/x", "b/z", "file"}) {
    ASSERT_TRUE(store_->put_if_absent(key, "x"));
  }
  EXPECT_EQ(store_->folders().value(), (std::vector<std::string>{"a", "b"}));
}

TEST_P(StoreTest, AnObjectSaysWhenItCame) {
  const auto now = std::chrono::system_clock::now();
  ASSERT_TRUE(store_->put_if_absent("a/b", "x"));
  const Instant modified = store_->list("a/").value()[0].modified;
  EXPECT_LT(std::chrono::abs(modified - now), std::chrono::hours(1));
}

TEST(LocalStoreTest, WhatAKilledWriterLeftIsFoundAndRemoved) {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("signals-unfinished-{}", ::getpid());
  const auto store = make_local_store(folder.string());
  {
    const auto stream = store->create("data/f").value();
    const auto found = store->unfinished("data").value();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(store->list("data/").value().empty());
    ASSERT_TRUE(store->remove(found[0].key));
    EXPECT_TRUE(store->unfinished("data").value().empty());
    ASSERT_TRUE(stream->Abort().ok());
  }
  EXPECT_TRUE(store->unfinished("nothing").value().empty());
  std::filesystem::remove_all(folder);
}

const Kind kKinds[] = {
#define SIGNALS_STORE(scheme, factory, doc) {scheme, factory},
#include "lake/stores.def"
#undef SIGNALS_STORE
    {"mem", make_memory_store},
    {"path", [](const std::string& path) { return open_store(path).value(); }}};

INSTANTIATE_TEST_SUITE_P(Every, StoreTest, testing::ValuesIn(kKinds),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(OpenStoreTest, SchemesAndPaths) {
  EXPECT_EQ(open_store("/tmp/x/../lake").value()->uri("a/b"), "/tmp/lake/a/b");
  EXPECT_EQ(open_store("file:///tmp/lake/").value()->uri("a"), "/tmp/lake/a");
  EXPECT_EQ(open_store("./odd:name").value()->uri("").substr(0, 1), "/");
  const auto unknown = open_store("ftp://host/lake");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::usage);
  for (const char* uri : {"", "file:", "file://", "mem:x"}) {
    EXPECT_EQ(open_store(uri).error().code, ErrorCode::usage) << uri;
  }
}

}  // namespace
}  // namespace signals
