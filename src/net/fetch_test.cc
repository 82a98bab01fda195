#include "net/fetch.h"

#include <gtest/gtest.h>

#include <map>

namespace signals {
namespace {

using std::chrono::milliseconds;

class FakeClock final : public Clock {
 public:
  milliseconds elapsed() override { return now; }
  void sleep(milliseconds time) override { now += time; }
  milliseconds now{0};
};

// Answers every request 50 ms after its start, from a script of statuses per URL (0: no reply).
class ScriptedClient final : public HttpClient {
 public:
  ScriptedClient(FakeClock& clock, std::map<std::string, std::vector<int>> script)
      : clock_(clock), script_(std::move(script)) {}

  void start(std::size_t id, const std::string& url) override {
    starts.emplace_back(url, clock_.now);
    pending_.push_back({id, url});
    most = std::max(most, pending_.size());
  }
  std::vector<Done> wait(milliseconds at_most) override {
    clock_.now += std::min(at_most, milliseconds(50));
    if (pending_.empty()) return {};
    const auto [id, url] = pending_.front();
    pending_.erase(pending_.begin());
    auto& statuses = script_[url];
    const int status = statuses.empty() ? 200 : statuses.front();
    if (!statuses.empty()) statuses.erase(statuses.begin());
    std::vector<Done> done;
    if (status == 0) {
      done.push_back({id, fail(ErrorCode::unreachable, "reset")});
    } else {
      done.push_back({id, HttpReply{status, url}});
    }
    return done;
  }
  [[nodiscard]] std::size_t in_flight() const override { return pending_.size(); }

  std::vector<std::pair<std::string, milliseconds>> starts;
  std::size_t most = 0;

 private:
  FakeClock& clock_;
  std::map<std::string, std::vector<int>> script_;
  std::vector<std::pair<std::size_t, std::string>> pending_;
};

Verdict usual(const Result<HttpReply>& reply) {
  if (!reply || reply->status >= 500) return Verdict::retry;
  return reply->status == 429 ? Verdict::stop : Verdict::done;
}

struct Outcome {
  bool finished = false;
  std::map<std::size_t, int> last_status;
};

Outcome run(ScriptedClient& client, FakeClock& clock, const FetchPolicy& policy,
            const std::vector<std::string>& urls) {
  Outcome outcome;
  outcome.finished = fetch_all(client, clock, policy, urls,
                               [&](std::size_t index, const Result<HttpReply>& reply, bool) {
                                 outcome.last_status[index] = reply ? reply->status : 0;
                                 return usual(reply);
                               });
  return outcome;
}

TEST(FetchTest, StartsAtTheSetPace) {
  FakeClock clock;
  ScriptedClient client(clock, {});
  EXPECT_TRUE(run(client, clock, {.rate = 2}, {"a", "b", "c", "d"}).finished);
  ASSERT_EQ(client.starts.size(), 4U);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_GE(client.starts[i].second - client.starts[i - 1].second, milliseconds(500));
    EXPECT_LE(client.starts[i].second - client.starts[i - 1].second, milliseconds(700));
  }
  EXPECT_LE(client.most, 2U);
}

TEST(FetchTest, WithoutPacingSixteenFlyAtOnce) {
  FakeClock clock;
  ScriptedClient client(clock, {});
  EXPECT_TRUE(run(client, clock, {.rate = 0}, std::vector<std::string>(40, "a")).finished);
  EXPECT_EQ(client.starts.size(), 40U);
  EXPECT_EQ(client.most, 16U);
}

TEST(FetchTest, RetriesWithGrowingPausesAndGivesUp) {
  FakeClock clock;
  ScriptedClient client(clock, {{"bad", {500, 0, 503, 200}}, {"flaky", {0, 200}}});
  const auto outcome = run(client, clock, {.rate = 0, .tries = 3}, {"bad", "flaky", "good"});
  EXPECT_TRUE(outcome.finished);
  EXPECT_EQ(outcome.last_status.at(0), 503);
  EXPECT_EQ(outcome.last_status.at(1), 200);
  EXPECT_EQ(outcome.last_status.at(2), 200);
  std::vector<milliseconds> bad;
  for (const auto& [url, at] : client.starts) {
    if (url == "bad") bad.push_back(at);
  }
  ASSERT_EQ(bad.size(), 3U);
  EXPECT_GE(bad[1] - bad[0], milliseconds(1000));
  EXPECT_GE(bad[2] - bad[1], milliseconds(2000));
}

TEST(FetchTest, OneRefusalStopsEverything) {
  FakeClock clock;
  ScriptedClient client(clock, {{"b", {429}}});
  const auto outcome = run(client, clock, {.rate = 1}, {"a", "b", "c", "d", "e"});
  EXPECT_FALSE(outcome.finished);
  EXPECT_LE(client.starts.size(), 3U);
}

TEST(FetchTest, AStopRequestEndsTheRun) {
  FakeClock clock;
  ScriptedClient client(clock, {});
  std::atomic<bool> stop = false;
  const std::vector<std::string> urls(10, "a");
  int replies = 0;
  EXPECT_FALSE(fetch_all(client, clock, {.rate = 1, .stop = &stop}, urls,
                         [&](std::size_t, const Result<HttpReply>&, bool) {
                           stop = ++replies == 2;
                           return Verdict::done;
                         }));
  EXPECT_EQ(replies, 2);
}

TEST(UrlTest, HidesTheQueryAndEncodesSegments) {
  EXPECT_EQ(public_url("https://h/p?crumb=secret"), "https://h/p");
  EXPECT_EQ(encode_segment("^GSPC"), "%5EGSPC");
  EXPECT_EQ(encode_segment("EURUSD=X"), "EURUSD%3DX");
  EXPECT_EQ(encode_segment("../M&M.NS"), "..%2FM%26M.NS");
}

}  // namespace
}  // namespace signals
