// What the tests of tables have in common: a table in memory, and a file for it.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "lake/table.h"

namespace signals {

inline Change one_file(const Table& table, Partition partition) {
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

}  // namespace signals
