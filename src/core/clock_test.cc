#include "core/clock.h"

#include <gtest/gtest.h>

namespace signals {
namespace {

using std::chrono::milliseconds;

class FakeClock final : public Clock {
 public:
  milliseconds elapsed() override { return now; }
  void sleep(milliseconds time) override { now += time; }
  milliseconds now{1000};
};

TEST(DeadlineTest, RaisesItsFlagWhenTheTimeIsUp) {
  FakeClock clock;
  Deadline deadline(clock, milliseconds(500), nullptr);
  EXPECT_EQ(deadline.elapsed(), milliseconds(1000));
  deadline.sleep(milliseconds(499));
  EXPECT_FALSE(deadline.flag());
  deadline.sleep(milliseconds(1));
  EXPECT_TRUE(deadline.flag());
  EXPECT_TRUE(deadline.over());
}

TEST(DeadlineTest, PassesAnotherFlagOn) {
  FakeClock clock;
  std::atomic<bool> stop = false;
  Deadline deadline(clock, std::nullopt, &stop);
  deadline.sleep(milliseconds(1'000'000));
  EXPECT_FALSE(deadline.flag());
  stop = true;
  (void)deadline.elapsed();
  EXPECT_TRUE(deadline.flag());
  EXPECT_FALSE(deadline.over());
}

}  // namespace
}  // namespace signals
