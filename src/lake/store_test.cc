// One suite of behaviours, run over every object store.
#include "lake/store.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace signals {
namespace {

// What the environment says; SIGNALS_TEST_S3, which names a lake of an S3 server, is where the
// store of S3 is tested.
std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

struct Kind {
  const char* name;
  std::function<std::shared_ptr<ObjectStore>(const std::string& folder)> make;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class StoreTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam().name == std::string("s3") && !environment("SIGNALS_TEST_S3")) {
      GTEST_SKIP() << "SIGNALS_TEST_S3 names no lake, as s3://bucket/prefix (make check does)";
    }
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("signals-store-{}-{}", ::getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    store_ = GetParam().make(folder_.string());
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
    if (store_ == nullptr) return;
    const auto left = store_->list("").value();
    for (const auto& object : left) (void)store_->remove(object.key);
  }

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

TEST_P(StoreTest, AStreamOfManyPartsIsWhole) {
  const std::string piece(1 << 20, 'x');
  const auto stream = store_->create("data/large").value();
  for (int i = 0; i < 24; ++i) ASSERT_TRUE(stream->Write(piece.data(), 1 << 20).ok());
  EXPECT_TRUE(keys("").empty());
  ASSERT_TRUE(stream->Close().ok());
  EXPECT_EQ(store_->list("data/").value()[0].bytes, 24 << 20);
  const auto file = store_->open("data/large").value();
  EXPECT_EQ(file->GetSize().ValueOrDie(), 24 << 20);
  EXPECT_EQ(file->ReadAt((24 << 20) - 3, 100).ValueOrDie()->ToString(), "xxx");
}

TEST_P(StoreTest, AStreamThatIsDroppedLeavesNothing) {
  const std::string piece(1 << 20, 'x');
  for (const int pieces : {1, 24}) {
    const auto stream = store_->create("data/large").value();
    for (int i = 0; i < pieces; ++i) ASSERT_TRUE(stream->Write(piece.data(), 1 << 20).ok());
  }
  EXPECT_TRUE(keys("").empty());
}

TEST_P(StoreTest, OddKeys) {
  for (const char* key : {"t/^GSPC", "t/a b+c=d&e?f#g", "t/100%25", "t/\u00fc"}) {
    ASSERT_TRUE(store_->put_if_absent(key, key)) << key;
    EXPECT_EQ(store_->read(key).value(), key);
    EXPECT_EQ(store_->open(key).value()->GetSize().ValueOrDie(), std::string(key).size());
    EXPECT_EQ(keys(key), Keys{key});
    ASSERT_TRUE(store_->remove(key));
    EXPECT_FALSE(store_->read(key));
  }
}

TEST_P(StoreTest, AnEmptyObject) {
  ASSERT_TRUE(store_->put_if_absent("a/empty", ""));
  EXPECT_EQ(store_->read("a/empty").value(), "");
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

// A row of stores.def, at a place of the test's own.
template <class Open>
Kind row(const char* scheme, Open open) {
  return {scheme, [scheme, open](const std::string& folder) {
            const std::string lake = environment("SIGNALS_TEST_S3").value_or("");
            const std::string place =
                scheme == std::string("s3") ? lake.substr(lake.find("//") + 2) + folder : folder;
            return open(place, StoreOptions{.environment = environment}).value();
          }};
}

const Kind kKinds[] = {
#define SIGNALS_STORE(scheme, factory, doc) row(scheme, factory),
#include "lake/stores.def"
#undef SIGNALS_STORE
    {"mem", make_memory_store},
    {"path", [](const std::string& path) { return open_store(path).value(); }}};

class ClosesStores final : public testing::Environment {
 public:
  void TearDown() override { close_stores(); }
};
[[maybe_unused]] const auto* const kClosesStores =
    testing::AddGlobalTestEnvironment(new ClosesStores);

INSTANTIATE_TEST_SUITE_P(Every, StoreTest, testing::ValuesIn(kKinds),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(OpenStoreTest, SchemesAndPaths) {
  EXPECT_EQ(open_store("/tmp/x/../lake").value()->uri("a/b"), "/tmp/lake/a/b");
  EXPECT_EQ(open_store("file:///tmp/lake/").value()->uri("a"), "/tmp/lake/a");
  EXPECT_EQ(open_store("./odd:name").value()->uri("").substr(0, 1), "/");
  EXPECT_EQ(open_store("s3://bucket/a").value()->uri("b/c"), "s3://bucket/a/b/c");
  EXPECT_EQ(open_store("s3://bucket").value()->uri(""), "s3://bucket");
  const auto unknown = open_store("ftp://host/lake");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::usage);
  for (const char* uri :
       {"", "file:", "file://", "mem:x", "s3://", "s3:///a", "s3://bucket/a//b", "s3://b/../c"}) {
    EXPECT_EQ(open_store(uri).error().code, ErrorCode::usage) << uri;
  }
}

}  // namespace
}  // namespace signals
