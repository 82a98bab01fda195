#include "report/packed_column.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace signals {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(PackColumn, StepsBetweenTheBounds) {
  const std::vector<double> values = {-1, kNaN, 3, 1};
  const PackedColumn packed = pack_column(values);
  EXPECT_EQ(packed.low, -1);
  EXPECT_EQ(packed.high, 3);
  // 0, 65535, 65534, 32767 as bytes 00 00 ff ff fe ff ff 7f, as Python's base64 writes them.
  EXPECT_EQ(packed.text, "AAD///7//38=");
}

TEST(PackColumn, OneValueAndNone) {
  EXPECT_EQ(pack_column(std::vector<double>{7, 7}).text, "AAAAAA==");
  const PackedColumn none = pack_column(std::vector<double>{kNaN});
  EXPECT_NE(none.low, none.low);
  EXPECT_EQ(none.text, "//8=");
  EXPECT_EQ(pack_column({}).text, "");
}

}  // namespace
}  // namespace signals
