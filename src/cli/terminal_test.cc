// What a run shows of its progress, on a clock of the test's own.
#include "cli/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signals::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class FakeClock final : public Clock {
 public:
  milliseconds elapsed() override { return now; }
  void sleep(milliseconds time) override { now += time; }
  milliseconds now{0};
};

// What is shown of a run that began at 23:00 UTC, so much later.
std::string shown(const Progress& progress, seconds later, TerminalOptions options = {}) {
  FakeClock clock;
  const auto terminal = make_terminal(options, clock);
  terminal->set_present(parse_instant("2022-10-21T23:00:00Z").value());
  clock.now = later;
  testing::internal::CaptureStderr();
  terminal->progress(progress);
  return testing::internal::GetCapturedStderr();
}

TEST(Terminal, APaceTellsWhatIsToCome) {
  // Most of what is done was done by an earlier run: its speed is not this one's.
  const Progress progress{.done = 3600,
                          .total = 7200,
                          .failed = 2,
                          .rows = 1234,
                          .pace = PaceState{.rate = 0.5, .requests = 30, .refusals = 1}};
  EXPECT_THAT(shown(progress, seconds(60)),
              EndsWith("3,600/7,200  0.5/s  ETA 2h00m (10-22 01:01Z)  1,234 rows  2 failed  1 "
                       "refusals\n"));
}

TEST(Terminal, APauseComesOnTop) {
  const Progress progress{.total = 60,
                          .pace = PaceState{.rate = 1, .refusals = 2, .pause_left = seconds(120)}};
  EXPECT_THAT(shown(progress, seconds(60)),
              HasSubstr("ETA 3m00s (10-21 23:04Z)  0 failed  2 refusals  pause 2m00s"));
}

TEST(Terminal, WithoutAPaceTheSpeedSoFarCounts) {
  const std::string unpaced = shown({.done = 10, .total = 40}, seconds(10));
  EXPECT_THAT(unpaced, EndsWith("10/40  1.0/s  ETA 30.0s (10-21 23:00Z)  0 failed\n"));
  const Progress own_server{.done = 10, .total = 40, .pace = PaceState{}};
  EXPECT_THAT(shown(own_server, seconds(10)), HasSubstr("1.0/s  ETA 30.0s"));
}

TEST(Terminal, ALineNowAndThen) {
  EXPECT_THAT(shown({.total = 1}, seconds(1)), IsEmpty());
  EXPECT_THAT(shown({.total = 1}, seconds(2)), Not(IsEmpty()));
  EXPECT_THAT(shown({.total = 1}, seconds(2), {.quiet = true}), IsEmpty());
  EXPECT_THAT(shown({.total = 2}, seconds(1), {.interactive = true}),
              HasSubstr("[........................] 0/2"));
}

// The bar as it is drawn over the last one, without what moves the cursor.
std::string bar_in(int columns) {
  const Progress progress{.done = 3600, .total = 7200, .failed = 2, .rows = 1234};
  const std::string line =
      shown(progress, seconds(60), {.interactive = true, .columns = [columns] { return columns; }});
  const std::string begin = "\r\x1b[K";
  EXPECT_TRUE(line.starts_with(begin));
  return line.substr(begin.size());
}

TEST(Terminal, ABarNeverWraps) {
  const std::string whole = bar_in(0);
  EXPECT_THAT(whole, HasSubstr("[############............] 3,600/7,200"));
  EXPECT_EQ(bar_in(static_cast<int>(whole.size()) + 1), whole);
  const std::string text = whole.substr(whole.find(']') + 2);
  EXPECT_EQ(bar_in(static_cast<int>(whole.size())), text);
  EXPECT_EQ(bar_in(40), text.substr(0, 39));
  EXPECT_EQ(bar_in(1), "");
}

}  // namespace
}  // namespace signals::cli
