#include "core/result.h"

#include <gtest/gtest.h>

#include <set>

namespace signals {
namespace {

TEST(ErrorTableTest, EveryRowIsComplete) {
  std::set<int> numbers;
#define SIGNALS_ERROR(id, number, exit, why, todo)                              \
  EXPECT_TRUE(numbers.insert(number).second) << #id << " repeats " << (number); \
  EXPECT_TRUE((exit) == 1 || (exit) == 2 || (exit) == 4) << #id;                \
  EXPECT_FALSE(std::string_view(why).empty()) << #id;                           \
  EXPECT_FALSE(std::string_view(todo).empty()) << #id;                          \
  EXPECT_EQ(error_info(ErrorCode::id).name, #id);
#include "core/errors.def"
#undef SIGNALS_ERROR
}

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorCode::usage, "odd");
  return value / 2;
}

Result<int> quarter(int value) {
  SIGNALS_ASSIGN(const int once, half(value));
  SIGNALS_ASSIGN(const int twice, half(once));
  return twice;
}

TEST(ResultTest, MacrosPassErrorsOn) {
  EXPECT_EQ(quarter(8).value(), 2);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().line(), "E1001 odd: see `signals --help` or `signals COMMAND --help`");
  EXPECT_EQ(failed.error().exit_code, 2);
}

}  // namespace
}  // namespace signals
