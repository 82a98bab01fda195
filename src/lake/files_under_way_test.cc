#include "lake/files_under_way.h"

#include <gtest/gtest.h>

#include <future>

namespace signals {
namespace {

class FilesUnderWayTest : public ::testing::Test {
 protected:
  // What a commit's own function does with a file: its object stands in the store.
  Result<DataFile> make(const std::string& path) const {
    SIGNALS_TRY(store_->put_if_absent(table_.name() + "/" + path, "bars"));
    DataFile file;
    file.path = path;
    return file;
  }
  [[nodiscard]] std::size_t objects() const { return store_->list("").value().size(); }

  std::shared_ptr<ObjectStore> store_ = make_memory_store("files-under-way");
  Table table_{store_, "prices"};
};

TEST_F(FilesUnderWayTest, FilesComeInTheOrderInWhichTheyWereBegun) {
  std::vector<DataFile> added;
  PendingFiles pending(table_);
  FilesUnderWay files(pending, added);
  std::promise<void> last_is_there;
  ASSERT_TRUE(files.begin([&] {
    last_is_there.get_future().wait();
    return make("first");
  }));
  ASSERT_TRUE(files.begin([&] {
    auto made = make("last");
    last_is_there.set_value();
    return made;
  }));
  ASSERT_TRUE(files.finish());
  ASSERT_EQ(added.size(), 2U);
  EXPECT_EQ(added[0].path, "first");
  EXPECT_EQ(added[1].path, "last");
}

TEST_F(FilesUnderWayTest, OneThatFailsLeavesNoneBehind) {
  {
    std::vector<DataFile> added;
    PendingFiles pending(table_);
    FilesUnderWay files(pending, added);
    ASSERT_TRUE(files.begin([&] { return make("before"); }));
    ASSERT_TRUE(files.begin(
        []() -> Result<DataFile> { return fail(ErrorCode::store_write, "the disk is full"); }));
    ASSERT_TRUE(files.begin([&] { return make("behind"); }));
    const auto finished = files.finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, ErrorCode::store_write);
    EXPECT_EQ(objects(), 2U);
  }
  EXPECT_EQ(objects(), 0U);
}

}  // namespace
}  // namespace signals
