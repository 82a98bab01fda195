#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "net/http.h"

namespace signals {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Answers at once, unless it is mute; with nothing to answer it waits.
class Echo final : public HttpClient {
 public:
  explicit Echo(bool mute = false) : mute_(mute) {}

  void start(std::size_t id, const std::string& url) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back({id, url});
    most_ = std::max(most_, asked_.size());
    changed_.notify_all();
  }
  std::vector<Done> wait(milliseconds at_most) override {
    std::vector<Done> done;
    std::unique_lock lock(mutex_);
    if (mute_ || asked_.empty()) changed_.wait_for(lock, at_most, [&] { return woken_; });
    woken_ = false;
    if (mute_) return done;
    for (auto& [id, url] : asked_) {
      done.push_back({id, HttpReply{.status = 200, .body = url, .packed = true}});
    }
    asked_.clear();
    return done;
  }
  [[nodiscard]] std::size_t in_flight() const override {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }
  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_all();
  }

  void wait_for(std::size_t requests) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_.size() >= requests; });
  }
  void speak() {
    {
      const std::lock_guard lock(mutex_);
      mute_ = false;
    }
    wake();
  }
  [[nodiscard]] std::size_t most() const {
    const std::lock_guard lock(mutex_);
    return most_;
  }

 private:
  bool mute_;
  std::vector<std::pair<std::size_t, std::string>> asked_;
  std::size_t most_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

TEST(BackgroundHttpTest, EachReplyComesOnce) {
  const auto client = in_background(std::make_unique<Echo>(), 16, 0);
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
  const auto client = in_background(std::make_unique<Echo>(true), 16, 0);
  client->start(1, "never answered");
  EXPECT_TRUE(client->wait(milliseconds(0)).empty());
  client->wake();
  EXPECT_TRUE(client->wait(hours(1)).empty());
  EXPECT_EQ(client->in_flight(), 1U);
}  // and ends, with a request under way

TEST(BackgroundHttpTest, WhatFindsNoRoomIsQueuedAndCanBeTakenBack) {
  auto echo = std::make_unique<Echo>(true);
  Echo& server = *echo;
  const auto client = in_background(std::move(echo), 2, 3);
  EXPECT_EQ(client->queue(), 3U);
  for (std::size_t id = 0; id < 5; ++id) client->start(id, "url");
  server.wait_for(2);
  EXPECT_EQ(client->take_back(), (std::vector<std::size_t>{2, 3, 4}));
  EXPECT_EQ(client->in_flight(), 2U);
  EXPECT_TRUE(client->take_back().empty());

  client->start(5, "url");
  server.speak();
  std::set<std::size_t> seen;
  while (seen.size() < 3) {
    for (const auto& done : client->wait(hours(1))) seen.insert(done.id);
  }
  EXPECT_EQ(seen, (std::set<std::size_t>{0, 1, 5}));
  EXPECT_EQ(server.most(), 2U);
}

TEST(BackgroundHttpTest, AReaderThatIsBehindIsHelpedUnpacking) {
  using namespace std::string_literals;
  const auto packed =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4a\x2c\x2a\x06\x00\x71\x7a\x7b\x2d\x04\x00\x00\x00"s;
  auto echo = std::make_unique<Echo>(true);
  Echo& server = *echo;
  const auto client = in_background(std::move(echo), 20, 0);
  for (std::size_t id = 0; id < 20; ++id) client->start(id, packed);
  server.wait_for(20);
  server.speak();
  const auto together = client->wait(hours(1));
  ASSERT_EQ(together.size(), 20U);
  for (const auto& one : together) EXPECT_TRUE(one.reply->packed) << "nobody was behind then";

  // Nineteen are still to be read when these two come.
  client->start(20, packed);
  client->start(21, "damaged");
  std::map<std::size_t, HttpReply> later;
  while (later.size() < 2) {
    for (auto& one : client->wait(hours(1))) later.emplace(one.id, *one.reply);
  }
  EXPECT_EQ(later[20].body, "bars");
  EXPECT_FALSE(later[20].packed);
  EXPECT_EQ(later[21].body, "damaged");
  EXPECT_TRUE(later[21].packed);
}

}  // namespace
}  // namespace signals
