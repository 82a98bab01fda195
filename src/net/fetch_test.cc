#include "net/fetch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace signals {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class FakeClock final : public Clock {
 public:
  milliseconds elapsed() override { return now; }
  void sleep(milliseconds time) override { now += time; }
  milliseconds now{0};
};

// A server of the test's own, which answers every request 50 ms after its start. Status 0: no
// reply.
class FakeServer final : public HttpClient {
 public:
  using Answer = std::function<HttpReply(std::size_t id, milliseconds now)>;
  FakeServer(FakeClock& clock, Answer answer) : clock_(clock), answer_(std::move(answer)) {}

  void start(std::size_t id, const std::string& url) override {
    queued_.push_back({id, url});
    send_queued();
  }
  std::vector<Done> wait(milliseconds at_most) override {
    const milliseconds until = clock_.now + at_most;
    clock_.now = pending_.empty() ? until : std::clamp(pending_.front().due, clock_.now, until);
    std::vector<Done> done;
    while (!pending_.empty() && pending_.front().due <= clock_.now) {
      const std::size_t id = pending_.front().id;
      pending_.erase(pending_.begin());
      HttpReply reply = answer_(id, clock_.now);
      if (reply.status == 0) {
        done.push_back({id, fail(ErrorCode::unreachable, "reset")});
      } else {
        done.push_back({id, std::move(reply)});
      }
    }
    send_queued();
    return done;
  }
  [[nodiscard]] std::size_t in_flight() const override { return pending_.size() + queued_.size(); }
  [[nodiscard]] std::size_t queue() const override { return room_in_queue; }
  std::vector<std::size_t> take_back() override {
    std::vector<std::size_t> ids;
    for (const auto& [id, url] : std::exchange(queued_, {})) ids.push_back(id);
    return ids;
  }

  [[nodiscard]] std::vector<milliseconds> starts_of(std::size_t id) const {
    std::vector<milliseconds> times;
    for (const auto& [which, at] : starts) {
      if (which == id) times.push_back(at);
    }
    return times;
  }

  std::vector<std::pair<std::size_t, milliseconds>> starts;
  std::size_t most = 0, room_in_queue = 0;

 private:
  void send_queued() {
    for (; !queued_.empty() && pending_.size() < 16; queued_.erase(queued_.begin())) {
      auto& [id, url] = queued_.front();
      starts.emplace_back(id, clock_.now);
      pending_.push_back({id, clock_.now + milliseconds(50), std::move(url)});
      most = std::max(most, pending_.size());
    }
  }

  struct Pending {
    std::size_t id;
    milliseconds due;
    std::string url;
  };
  FakeClock& clock_;
  Answer answer_;
  std::vector<Pending> pending_;
  std::vector<std::pair<std::size_t, std::string>> queued_;
};

// Statuses by request, in turn; 200 when they are used up.
FakeServer::Answer script(std::map<std::size_t, std::vector<int>> statuses) {
  return [statuses = std::move(statuses)](std::size_t id, milliseconds) mutable -> HttpReply {
    auto& mine = statuses[id];
    if (mine.empty()) return {200, ""};
    const int status = mine.front();
    mine.erase(mine.begin());
    return {status, ""};
  };
}

class Keeper final : public Replies {
 public:
  Meaning read(std::size_t, Result<HttpReply> reply) override {
    last_ = reply ? reply->status : 0;
    if (last_ == 429) return Meaning::refusal;
    return last_ == 0 || last_ >= 500 ? Meaning::failure : Meaning::answer;
  }
  bool keep(std::size_t index) override {
    EXPECT_TRUE(kept.emplace(index, last_).second) << index << " came twice";
    if (after_each) after_each();
    return kept.size() < most;
  }
  std::map<std::size_t, int> kept;
  std::size_t most = 1'000'000;
  std::function<void()> after_each;

 private:
  int last_ = 0;
};

struct Rig {
  explicit Rig(FakeServer::Answer answer, PaceOptions pace = {})
      : server(clock, std::move(answer)), pacer(pace, seeded_random(1)) {
    options.warn = [this](const std::string& message) { warnings.push_back(message); };
  }
  FetchEnd fetch(std::size_t count) {
    return fetch_all(server, clock, pacer, options, std::vector<std::string>(count, "url"), keeper);
  }
  FakeClock clock;
  FakeServer server;
  Pacer pacer;
  Keeper keeper;
  FetchOptions options;
  std::vector<std::string> warnings;
};

TEST(FetchTest, StartsAtTheSetPace) {
  Rig rig(script({}), {.rate = 2});
  EXPECT_EQ(rig.fetch(40), FetchEnd::complete);
  ASSERT_EQ(rig.server.starts.size(), 40U);
  EXPECT_EQ(rig.server.starts.back().second - rig.server.starts.front().second,
            milliseconds(19'500));
  EXPECT_LE(rig.server.most, 2U);
}

TEST(FetchTest, ThePaceOutlastsOneCall) {
  Rig rig(script({}));
  for (int call = 0; call < 3; ++call) {
    rig.keeper.kept.clear();
    rig.fetch(2);
  }
  for (std::size_t i = 0; i < rig.server.starts.size(); ++i) {
    EXPECT_EQ(rig.server.starts[i].second, seconds(i));
  }
}

TEST(FetchTest, WithoutPacingSixteenFlyAtOnce) {
  Rig rig(script({}), {.rate = 0});
  EXPECT_EQ(rig.fetch(40), FetchEnd::complete);
  EXPECT_EQ(rig.server.starts.size(), 40U);
  EXPECT_EQ(rig.server.most, 16U);
}

TEST(FetchTest, RetriesFailuresAndGivesUp) {
  Rig rig(script({{0, {500, 0, 503, 500, 200}}, {1, {0, 200}}, {2, {404}}}), {.rate = 0});
  EXPECT_EQ(rig.fetch(4), FetchEnd::complete);
  EXPECT_EQ(rig.keeper.kept, (std::map<std::size_t, int>{{0, 500}, {1, 200}, {2, 404}, {3, 200}}));
  const auto tries = rig.server.starts_of(0);
  ASSERT_EQ(tries.size(), 4U);
  EXPECT_LE(tries[1] - tries[0], seconds(1) + milliseconds(50));
  EXPECT_LE(tries[3] - tries[2], seconds(4) + milliseconds(50));
  EXPECT_EQ(rig.server.starts_of(2).size(), 1U);
  EXPECT_TRUE(rig.warnings.empty());
}

TEST(FetchTest, AFailureWithRetryAfterWaitsThatLong) {
  int asked = 0;
  Rig rig([&](std::size_t id, milliseconds) -> HttpReply {
    if (id == 1 && ++asked == 1) return {503, "", seconds(30)};
    if (id == 2) return {503, "", seconds(3000)};
    return {200, ""};
  });
  EXPECT_EQ(rig.fetch(3), FetchEnd::complete);
  const auto tries = rig.server.starts_of(1);
  ASSERT_EQ(tries.size(), 2U);
  EXPECT_GE(tries[1] - tries[0], seconds(30));
  EXPECT_EQ(rig.server.starts_of(2).size(), 1U);  // not within one run
}

TEST(FetchTest, AStormPausesEverythingAndLosesNothing) {
  // The server refuses everyone for five minutes from the tenth second on.
  Rig rig([](std::size_t, milliseconds now) -> HttpReply {
    return {now > seconds(10) && now < minutes(5) ? 429 : 200, ""};
  });
  EXPECT_EQ(rig.fetch(50), FetchEnd::complete);
  EXPECT_EQ(rig.keeper.kept.size(), 50U);
  for (const auto& [index, status] : rig.keeper.kept) EXPECT_EQ(status, 200);
  const auto in_storm = std::ranges::count_if(rig.server.starts, [](const auto& start) {
    return start.second >= seconds(10) && start.second < minutes(5);
  });
  EXPECT_LE(in_storm, 3);  // the refused one, and two probes at most
  EXPECT_EQ(rig.server.starts.size(), 50U + static_cast<std::size_t>(in_storm));
  ASSERT_EQ(rig.warnings.size(), 2U);
  EXPECT_TRUE(rig.warnings[0].starts_with("the source refuses us: everything stops for 2m"));
  EXPECT_EQ(rig.warnings[1], "the source answers again: on at 0.5 requests a second");
  const auto& starts = rig.server.starts;
  EXPECT_EQ(starts.back().second - starts[starts.size() - 2].second, seconds(2));
}

TEST(FetchTest, SixteenRefusalsAtOnceAreOneTrip) {
  Rig rig(
      [](std::size_t, milliseconds now) -> HttpReply {
        return {now < seconds(1) ? 200 : now < seconds(2) ? 429 : 200, ""};
      },
      {.rate = 0, .cooldown = seconds(10)});
  EXPECT_EQ(rig.fetch(2000), FetchEnd::complete);
  EXPECT_EQ(rig.keeper.kept.size(), 2000U);
  EXPECT_EQ(rig.server.starts.size(), 2016U);
  EXPECT_EQ(rig.warnings.size(), 2U);
}

TEST(FetchTest, WhatWasQueuedWhenARefusalCameIsNotSent) {
  Rig rig(
      [](std::size_t, milliseconds now) -> HttpReply {
        return {now < seconds(1) ? 200 : now < seconds(2) ? 429 : 200, ""};
      },
      {.rate = 0, .cooldown = seconds(10)});
  rig.server.room_in_queue = 32;
  EXPECT_EQ(rig.fetch(2000), FetchEnd::complete);
  EXPECT_EQ(rig.server.most, 16U);
  EXPECT_EQ(rig.keeper.kept.size(), 2000U);
  // Sixteen were at the server, and a queue fills their places until the first refusal is read.
  EXPECT_LE(rig.server.starts.size(), 2032U);
  EXPECT_EQ(rig.warnings.size(), 2U);
  EXPECT_EQ(rig.pacer.state(rig.clock.now).requests, std::ssize(rig.server.starts));
}

TEST(FetchTest, WhatIsQueuedWhenTheCallerEndsTheRunIsNotSent) {
  Rig rig(script({}), {.rate = 0});
  rig.server.room_in_queue = 32;
  rig.keeper.most = 2;
  EXPECT_EQ(rig.fetch(100), FetchEnd::stopped);
  EXPECT_LE(rig.server.in_flight(), 16U);
}

TEST(FetchTest, RefusedForEverEndsTheRunAndSaysWhy) {
  Rig rig([](std::size_t, milliseconds now) -> HttpReply {
    return {now < seconds(10) ? 200 : 429, ""};
  });
  EXPECT_EQ(rig.fetch(500), FetchEnd::refused);
  EXPECT_LE(rig.server.starts.size(), 20U);
  EXPECT_EQ(std::ranges::count(rig.keeper.kept, 429, [](const auto& one) { return one.second; }),
            1);
  // It stays so: a next call asks nothing.
  const auto asked = rig.server.starts.size();
  EXPECT_EQ(rig.fetch(3), FetchEnd::refused);
  EXPECT_EQ(rig.server.starts.size(), asked);
}

TEST(FetchTest, OneRequestThatIsAlwaysRefusedFailsAlone) {
  Rig rig([](std::size_t id, milliseconds) -> HttpReply { return {id == 3 ? 429 : 200, ""}; });
  EXPECT_EQ(rig.fetch(20), FetchEnd::complete);
  EXPECT_EQ(rig.keeper.kept.size(), 20U);
  EXPECT_EQ(rig.keeper.kept.at(3), 429);
  EXPECT_EQ(rig.server.starts_of(3).size(), 3U);
}

TEST(FetchTest, AnOutageCostsNoTicker) {
  Rig rig([](std::size_t, milliseconds now) -> HttpReply {
    return {now > seconds(60) && now < minutes(15) ? 0 : 200, ""};
  });
  EXPECT_EQ(rig.fetch(200), FetchEnd::complete);
  for (const auto& [index, status] : rig.keeper.kept) EXPECT_EQ(status, 200);
  EXPECT_LE(rig.server.starts.size(), 200U + Pacer::kOutage + 10);
}

TEST(FetchTest, ATailOfHopelessRequestsIsNoOutage) {
  Rig rig([](std::size_t id, milliseconds) -> HttpReply { return {id % 2 == 1 ? 500 : 200, ""}; });
  EXPECT_EQ(rig.fetch(60), FetchEnd::complete);
  EXPECT_EQ(rig.keeper.kept.size(), 60U);
  EXPECT_TRUE(rig.warnings.empty());
}

TEST(FetchTest, AServerThatIsNotThereIsLeftSoon) {
  Rig rig(script({}), {.rate = 0});
  Rig gone([](std::size_t, milliseconds) -> HttpReply { return {0, ""}; }, {.rate = 0});
  EXPECT_EQ(gone.fetch(5000), FetchEnd::unreachable);
  EXPECT_LE(gone.server.starts.size(), 16U);
  EXPECT_EQ(gone.keeper.kept.size(), 1U);
}

TEST(FetchTest, AStopRequestEndsTheRunEvenInAPause) {
  std::atomic<bool> stop = false;
  Rig rig(script({{5, {429}}}));
  rig.options.stop = &stop;
  rig.options.warn = [&](const std::string&) { stop = true; };
  EXPECT_EQ(rig.fetch(10), FetchEnd::stopped);
  EXPECT_LT(rig.clock.now, seconds(10));
}

TEST(FetchTest, TheCallerEndsTheRun) {
  Rig rig(script({}));
  rig.keeper.most = 2;
  EXPECT_EQ(rig.fetch(10), FetchEnd::stopped);
  EXPECT_EQ(rig.keeper.kept.size(), 2U);
}

// The first back-fill: 1 % of the replies are lost, cut off or a server's error, one name in a
// hundred is gone, and the address trips the limit three times.
TEST(FetchTest, TheFirstBackFillTakesFewRequestsMoreThanNames) {
  constexpr std::size_t kNames = 7'200;
  Random dice = seeded_random(42);
  std::vector<minutes> trips = {minutes(8), minutes(45), minutes(100)};
  milliseconds refuse_until{0};
  Rig rig([&](std::size_t id, milliseconds now) -> HttpReply {
    if (!trips.empty() && now >= trips.front()) {
      trips.erase(trips.begin());
      refuse_until = now + minutes(15);
    }
    if (now < refuse_until) return {429, ""};
    if (dice() < 0.01) return {dice() < 0.5 ? 0 : 502, ""};
    return {id % 100 == 7 ? 404 : 200, ""};
  });
  EXPECT_EQ(rig.fetch(kNames), FetchEnd::complete);
  ASSERT_EQ(rig.keeper.kept.size(), kNames);
  for (const auto& [index, status] : rig.keeper.kept)
    EXPECT_EQ(status, index % 100 == 7 ? 404 : 200);
  EXPECT_TRUE(trips.empty());
  EXPECT_LE(static_cast<double>(rig.server.starts.size()), 1.02 * kNames);
  EXPECT_GT(rig.server.starts.size(), kNames + 50);  // the faults did come
  for (std::size_t i = 1; i < rig.server.starts.size(); ++i) {
    ASSERT_GE(rig.server.starts[i].second - rig.server.starts[i - 1].second, seconds(1));
  }
}

TEST(UrlTest, HidesTheQueryAndEncodesSegments) {
  EXPECT_EQ(public_url("https://h/p?crumb=secret"), "https://h/p");
  EXPECT_EQ(encode_segment("^GSPC"), "%5EGSPC");
  EXPECT_EQ(encode_segment("EURUSD=X"), "EURUSD%3DX");
  EXPECT_EQ(encode_segment("../M&M.NS"), "..%2FM%26M.NS");
}

}  // namespace
}  // namespace signals
