#include "net/pacer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace signals {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Random always(double value) {
  return [value] { return value; };
}

// A pacer without jitter, and a time that only the test moves.
struct Rig {
  explicit Rig(PaceOptions options = {}, double random = 0) : pacer(options, always(random)) {}

  // Starts one request as soon as that is allowed, alone in flight; returns when.
  milliseconds start() {
    now += pacer.wait(now, 0).value();
    EXPECT_EQ(pacer.wait(now, 0), milliseconds(0));
    pacer.started(now);
    return now;
  }
  void answer(int times = 1) {
    for (int i = 0; i < times; ++i) {
      start();
      pacer.answered();
    }
  }
  void refuse(std::optional<milliseconds> retry_after = std::nullopt) {
    start();
    pacer.refused(now, retry_after);
  }
  [[nodiscard]] milliseconds pause() const { return pacer.state(now).pause_left; }
  [[nodiscard]] double rate() const { return pacer.state(now).rate; }

  Pacer pacer;
  milliseconds now{1'000'000};
};

TEST(PacerTest, StartsAreAnIntervalApartAndTwoAtOnce) {
  Rig rig({.rate = 3});
  const milliseconds first = rig.start();
  EXPECT_EQ(rig.pacer.wait(first, 1), milliseconds(334));
  EXPECT_EQ(rig.start() - first, milliseconds(334));
  EXPECT_EQ(rig.pacer.wait(rig.now + seconds(9), 1), milliseconds(0));
  EXPECT_EQ(rig.pacer.wait(rig.now + seconds(9), 2), std::nullopt);
}

TEST(PacerTest, UnpacedSixteenFlyAndHalfOfThemAfterARefusal) {
  Rig rig({.rate = 0});
  EXPECT_EQ(rig.pacer.wait(rig.now, 15), milliseconds(0));
  EXPECT_EQ(rig.pacer.wait(rig.now, 16), std::nullopt);
  rig.refuse();
  rig.answer();
  EXPECT_EQ(rig.pacer.wait(rig.now, 7), milliseconds(0));
  EXPECT_EQ(rig.pacer.wait(rig.now, 8), std::nullopt);
}

TEST(PacerTest, ARefusalStopsAllAndOneProbeDecides) {
  Rig rig;
  rig.answer(5);
  rig.refuse();
  EXPECT_TRUE(rig.pacer.paused());
  EXPECT_EQ(rig.pacer.wait(rig.now, 0), seconds(120));
  EXPECT_EQ(rig.pacer.wait(rig.now + seconds(119), 1), seconds(1));
  // The probe waits for what is still under way.
  EXPECT_EQ(rig.pacer.wait(rig.now + seconds(120), 1), std::nullopt);
  const milliseconds probe = rig.start();
  EXPECT_EQ(rig.pacer.wait(probe + seconds(60), 1), std::nullopt);
  EXPECT_EQ(rig.pacer.wait(probe + seconds(60), 0), std::nullopt);
  rig.pacer.answered();
  EXPECT_FALSE(rig.pacer.paused());
  EXPECT_EQ(rig.rate(), 0.5);
  EXPECT_EQ(rig.start() - probe, seconds(2));
}

TEST(PacerTest, LateRepliesToOlderRequestsDecideNothing) {
  Rig rig;
  rig.answer(5);
  rig.refuse();
  rig.pacer.answered();
  EXPECT_TRUE(rig.pacer.paused());
  rig.pacer.refused(rig.now, std::nullopt);
  rig.pacer.failed(rig.now, true);
  EXPECT_EQ(rig.pause(), seconds(120));
  rig.answer();
  EXPECT_EQ(rig.rate(), 0.5);
  EXPECT_EQ(rig.pacer.state(rig.now).refusals, 2);
}

TEST(PacerTest, PausesDoubleWhileTheProbeIsRefusedAndTheRateIsHalvedOnce) {
  Rig rig;
  rig.answer();
  for (const int pause : {120, 240, 480, 960, 1800}) {
    rig.refuse();
    EXPECT_EQ(rig.pause(), seconds(pause));
    EXPECT_FALSE(rig.pacer.verdict());
  }
  rig.answer();
  EXPECT_EQ(rig.rate(), 0.5);
}

TEST(PacerTest, GivesUpForGood) {
  Rig rig;
  rig.answer();
  for (int i = 0; i < 6; ++i) rig.refuse();
  EXPECT_EQ(rig.pacer.verdict(), Trouble::refused);
  EXPECT_EQ(rig.pacer.wait(rig.now + std::chrono::hours(99), 0), std::nullopt);
}

TEST(PacerTest, GivesUpSoonerWhenNothingWasEverAnswered) {
  Rig rig;
  rig.refuse();
  rig.refuse();
  EXPECT_FALSE(rig.pacer.verdict());
  rig.refuse();
  EXPECT_EQ(rig.pacer.verdict(), Trouble::refused);
}

TEST(PacerTest, ACleanStretchForgetsEarlierRefusals) {
  Rig rig;
  rig.answer(10);
  for (int trip = 0; trip < 20; ++trip) {
    rig.refuse();
    EXPECT_EQ(rig.pause(), seconds(120)) << trip;
    rig.answer(Pacer::kCleanStretch);
  }
  EXPECT_FALSE(rig.pacer.verdict());
  EXPECT_EQ(rig.rate(), Pacer::kLeastShare);
  rig.refuse();
  rig.answer(Pacer::kCleanStretch - 1);
  rig.refuse();
  EXPECT_EQ(rig.pause(), seconds(240));
}

TEST(PacerTest, TheRateGrowsBackByAddition) {
  Rig rig;
  rig.answer();
  rig.refuse();
  rig.answer(Pacer::kCleanBeforeGrowth - 1);
  EXPECT_DOUBLE_EQ(rig.rate(), 0.5);
  rig.answer();
  EXPECT_DOUBLE_EQ(rig.rate(), 0.6);
  rig.answer(Pacer::kCleanBeforeGrowth);
  EXPECT_DOUBLE_EQ(rig.rate(), 0.7);
  rig.answer(10 * Pacer::kCleanBeforeGrowth);
  EXPECT_DOUBLE_EQ(rig.rate(), 1);
}

TEST(PacerTest, RetryAfterCountsForItselfAtFirst) {
  Rig rig;
  rig.answer();
  rig.refuse(seconds(7));
  EXPECT_EQ(rig.pause(), seconds(7));
  rig.refuse(seconds(7));  // it was too short
  EXPECT_EQ(rig.pause(), seconds(240));
  rig.refuse(seconds(900));
  EXPECT_EQ(rig.pause(), seconds(900));
  rig.pacer.refused(rig.now, seconds(1000));  // of a request that was under way
  EXPECT_EQ(rig.pause(), seconds(1000));
  rig.refuse(seconds(3601));
  EXPECT_EQ(rig.pacer.verdict(), Trouble::refused);
}

TEST(PacerTest, TellsHowLongTheRestTakes) {
  Rig rig({.rate = 2});
  rig.answer(4);
  EXPECT_EQ(time_for(rig.pacer.state(rig.now), 7200), seconds(3600));
  rig.refuse();
  EXPECT_EQ(time_for(rig.pacer.state(rig.now + seconds(20)), 7200), seconds(3700));
  rig.answer();
  EXPECT_EQ(time_for(rig.pacer.state(rig.now), 7200), seconds(7200));
  EXPECT_EQ(rig.pacer.state(rig.now).requests, 6);
  EXPECT_EQ(time_for(Rig({.rate = 0}).pacer.state({}), 7200), std::nullopt);
}

TEST(PacerTest, JitterLengthensPausesByAQuarterAtMost) {
  Rig rig({}, 0.999);
  rig.refuse();
  EXPECT_GT(rig.pause(), seconds(149));
  EXPECT_LT(rig.pause(), seconds(150));
}

TEST(PacerTest, RetriesWaitAnythingUpToABoundThatDoubles) {
  const Random random = seeded_random(7);
  Pacer pacer({}, random);
  for (int attempt = 1; attempt <= 12; ++attempt) {
    const milliseconds bound = std::min(milliseconds(1000 << (attempt - 1)), milliseconds(60'000));
    milliseconds least = bound, most{0};
    for (int i = 0; i < 1000; ++i) {
      const milliseconds pause = pacer.retry_pause(attempt);
      least = std::min(least, pause);
      most = std::max(most, pause);
    }
    EXPECT_LT(least, bound / 50);
    EXPECT_GT(most, bound * 49 / 50);
    EXPECT_LE(most, bound);
  }
}

TEST(PacerTest, AnOutagePausesButDoesNotHalveTheRate) {
  Rig rig;
  rig.answer();
  for (int i = 0; i < Pacer::kOutage; ++i) {
    EXPECT_FALSE(rig.pacer.paused());
    rig.start();
    rig.pacer.failed(rig.now, true);
  }
  for (const int pause : {5, 10, 20}) {
    EXPECT_EQ(rig.pause(), seconds(pause));
    rig.start();
    rig.pacer.failed(rig.now, false);
  }
  rig.answer();
  EXPECT_EQ(rig.rate(), 1);
}

TEST(PacerTest, AnOutageWithoutEndIsAVerdict) {
  Rig rig;
  rig.answer();
  const milliseconds begin = rig.now;
  while (!rig.pacer.verdict()) {
    rig.start();
    rig.pacer.failed(rig.now, true);
  }
  EXPECT_EQ(rig.pacer.verdict(), Trouble::unreachable);
  EXPECT_GT(rig.now - begin, std::chrono::minutes(20));
  EXPECT_LT(rig.now - begin, std::chrono::minutes(40));
}

TEST(PacerTest, AServerThatWasNeverThereIsAVerdictAtOnce) {
  Rig rig({.rate = 0});
  for (int i = 0; i < Pacer::kOutage; ++i) {
    rig.start();
    rig.pacer.failed(rig.now, true);
  }
  EXPECT_EQ(rig.pacer.verdict(), Trouble::unreachable);
}

TEST(PacerTest, RepeatedFailuresOfTheSameRequestsAreNoOutage) {
  Rig rig;
  rig.answer();
  for (int i = 0; i < 100; ++i) {
    rig.start();
    rig.pacer.failed(rig.now, false);
  }
  EXPECT_FALSE(rig.pacer.paused());
}

// Random replies after random times, against what must hold whatever comes.
class Storm {
 public:
  explicit Storm(std::uint64_t seed) : dice_(seeded_random(seed)) {
    options_ = {.rate = 0.5 + 10 * dice_(), .cooldown = seconds(1 + up_to(100))};
    if (seed % 2 == 1) {  // one that never gives up, for long storms
      options_.most_refusals = options_.most_at_first = options_.most_outages = 1'000'000;
    }
    pacer_.emplace(options_, seeded_random(seed + 1'000));
    refusals_ = dice_() * dice_();
    failures_ = dice_() * dice_();
  }

  void run() {
    for (int step = 0; step < 20'000 && !pacer_->verdict(); ++step) {
      const auto wait = pacer_->wait(now_, in_flight_);
      if (wait == milliseconds(0)) {
        start();
      } else if (in_flight_ > 0 && (!wait || dice_() < 0.5)) {
        reply();
      } else {
        ASSERT_TRUE(wait) << "nothing is under way, and there is no time to wait for";
        now_ += *wait;
      }
    }
    EXPECT_GT(starts_.size(), 2U);
    check_windows();
  }

 private:
  [[nodiscard]] std::int64_t up_to(double most) {
    return static_cast<std::int64_t>(most * dice_());
  }
  [[nodiscard]] double rate() const { return pacer_->state(now_).rate; }

  void start() {
    EXPECT_GE(now_, quiet_until_);
    EXPECT_FALSE(probing_);
    EXPECT_LT(in_flight_, 2U);
    if (!starts_.empty()) {
      EXPECT_GE(static_cast<double>((now_ - starts_.back()).count()) * rate(), 999.999);
    }
    probing_ = pacer_->paused();
    EXPECT_TRUE(!probing_ || in_flight_ == 0);
    pacer_->started(now_);
    starts_.push_back(now_);
    ++in_flight_;
  }

  void reply() {
    now_ += milliseconds(up_to(3000));
    --in_flight_;
    const bool late = pacer_->paused() && !probing_;  // to a request from before the pause
    const double before = rate();
    const double kind = dice_();
    if (kind < refusals_) {
      refuse(late);
    } else if (kind < refusals_ + failures_) {
      pacer_->failed(now_, dice_() < 0.7);
    } else {
      pacer_->answered();
    }
    EXPECT_TRUE(!late || pacer_->paused());
    probing_ = false;
    EXPECT_LE(rate(), options_.rate * (1 + 1e-12));
    EXPECT_LE(rate() - before, options_.rate * Pacer::kGrowth * (1 + 1e-9));
    EXPECT_GE(rate(), std::max(before / 2, options_.rate * Pacer::kLeastShare) * (1 - 1e-9));
  }

  void refuse(bool late) {
    const auto named = dice_() < 0.3 ? std::optional<milliseconds>(seconds(1 + up_to(50)))
                                     : std::optional<milliseconds>();
    pacer_->refused(now_, named);
    EXPECT_TRUE(pacer_->paused());
    const milliseconds quiet = now_ + named.value_or(late ? milliseconds(0) : options_.cooldown);
    quiet_until_ = std::max(quiet_until_, quiet);
  }

  // In ten seconds at most the full rate's number of starts, and the one at the edge.
  void check_windows() const {
    const auto most = static_cast<std::size_t>(10 * options_.rate) + 1;
    for (std::size_t i = most; i < starts_.size(); ++i) {
      EXPECT_GE(starts_[i] - starts_[i - most], seconds(10));
    }
  }

  Random dice_;
  PaceOptions options_;
  std::optional<Pacer> pacer_;
  double refusals_ = 0, failures_ = 0;
  milliseconds now_{0}, quiet_until_{0};
  std::vector<milliseconds> starts_;
  std::size_t in_flight_ = 0;
  bool probing_ = false;
};

class PacerProperty : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(PacerProperty, HoldsInAnyStorm) { Storm(GetParam()).run(); }

INSTANTIATE_TEST_SUITE_P(Seeds, PacerProperty, ::testing::Range<std::uint64_t>(0, 60));

}  // namespace
}  // namespace signals
