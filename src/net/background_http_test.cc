#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "net/http.h"

namespace signals {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Answers at once; with nothing to answer it waits until it is woken.
class Echo final : public HttpClient {
 public:
  explicit Echo(bool mute = false) : mute_(mute) {}

  void start(std::size_t id, const std::string& url) override { asked_.push_back({id, url}); }
  std::vector<Done> wait(milliseconds) override {
    std::vector<Done> done;
    if (!mute_) {
      for (auto& [id, url] : asked_) done.push_back({id, HttpReply{200, url}});
      asked_.clear();
    }
    if (!done.empty()) return done;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return woken_; });
    woken_ = false;
    return done;
  }
  [[nodiscard]] std::size_t in_flight() const override { return asked_.size(); }
  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_one();
  }

 private:
  bool mute_;
  std::vector<std::pair<std::size_t, std::string>> asked_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

TEST(BackgroundHttpTest, EachReplyComesOnce) {
  const auto client = in_background(std::make_unique<Echo>());
  std::set<std::size_t> seen;
  std::size_t next = 0;
  while (seen.size() < 2000) {
    while (next < 2000 && client->in_flight() < 16) {
      client->start(next, "url " + std::to_string(next));
      ++next;
    }
    EXPECT_LE(client->in_flight(), 16U);
    for (const auto& done : client->wait(hours(1))) {
      EXPECT_TRUE(seen.insert(done.id).second);
      EXPECT_EQ(done.reply->body, "url " + std::to_string(done.id));
    }
  }
  EXPECT_EQ(client->in_flight(), 0U);
}

TEST(BackgroundHttpTest, WaitsNoLongerThanAskedAndCanBeWoken) {
  const auto client = in_background(std::make_unique<Echo>(true));
  client->start(1, "never answered");
  EXPECT_TRUE(client->wait(milliseconds(0)).empty());
  client->wake();
  EXPECT_TRUE(client->wait(hours(1)).empty());
  EXPECT_EQ(client->in_flight(), 1U);
}  // and ends, with a request under way

}  // namespace
}  // namespace signals
