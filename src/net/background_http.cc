#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "net/gzip.h"
#include "net/http.h"

namespace signals {
namespace {

constexpr std::chrono::seconds kLongestWait{1};
// Replies that nobody has read yet: from so many on the reader is behind, and is helped by
// unpacking what it would unpack; but never more than so many bytes.
constexpr std::size_t kBehind = 3;
constexpr std::size_t kMostUnpacked = 8U << 20;

class BackgroundClient final : public HttpClient {
 public:
  BackgroundClient(std::unique_ptr<HttpClient> client, std::size_t most_in_flight,
                   std::size_t queue)
      : client_(std::move(client)),
        most_in_flight_(most_in_flight),
        queue_(queue),
        thread_([this] { run(); }) {}
  BackgroundClient(const BackgroundClient&) = delete;
  BackgroundClient& operator=(const BackgroundClient&) = delete;
  ~BackgroundClient() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    asked_something_.notify_one();
    client_->wake();
    thread_.join();
  }

  void start(std::size_t id, const std::string& url) override {
    bool asleep = false;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back({id, url});
      if (handed_out_ > 0)
        --handed_out_;  // a reader starts a request for each reply that it has read
      asleep = std::exchange(asleep_, false);
    }
    ++in_flight_;
    if (!asleep) return;  // it looks before it sleeps; a wake costs more than a request
    asked_something_.notify_one();
    client_->wake();
  }

  std::vector<Done> wait(std::chrono::milliseconds at_most) override {
    std::unique_lock lock(mutex_);
    done_something_.wait_for(lock, at_most, [&] { return !done_.empty() || woken_; });
    woken_ = false;
    std::vector<Done> done = std::exchange(done_, {});
    handed_out_ = done.size();
    unpacked_bytes_ = 0;
    in_flight_ -= done.size();
    return done;
  }

  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    done_something_.notify_one();
  }

  [[nodiscard]] std::size_t in_flight() const override { return in_flight_; }
  [[nodiscard]] std::size_t queue() const override { return queue_; }

  std::vector<std::size_t> take_back() override {
    std::vector<std::size_t> ids;
    const std::lock_guard lock(mutex_);
    for (const auto& one : asked_) ids.push_back(one.id);
    asked_.clear();
    in_flight_ -= ids.size();
    asleep_ = true;  // it may wait for the end of a request, having had no room for another
    return ids;
  }

 private:
  struct Asked {
    std::size_t id;
    std::string url;
  };

  void run() {
    while (true) {
      std::vector<Asked> asked;
      {
        std::unique_lock lock(mutex_);
        asleep_ = asked_.empty();
        asked_something_.wait(lock,
                              [&] { return stop_ || !asked_.empty() || client_->in_flight() > 0; });
        if (stop_) return;
        for (auto room = most_in_flight_ - client_->in_flight(); room > 0 && !asked_.empty();
             --room) {
          asked.push_back(std::move(asked_.front()));
          asked_.pop_front();
        }
      }
      for (const auto& one : asked) client_->start(one.id, one.url);
      auto done = client_->wait(asked.empty() ? kLongestWait : std::chrono::milliseconds(0));
      if (done.empty()) continue;
      if (reader_is_behind()) unpack(done);
      {
        const std::lock_guard lock(mutex_);
        for (auto& one : done) done_.push_back(std::move(one));
      }
      done_something_.notify_one();
    }
  }

  bool reader_is_behind() {
    const std::lock_guard lock(mutex_);
    return handed_out_ + done_.size() >= kBehind && unpacked_bytes_ < kMostUnpacked;
  }

  void unpack(std::vector<Done>& done) {
    std::size_t bytes = 0;
    for (auto& one : done) {
      if (!one.reply || !one.reply->packed) continue;
      auto plain = gunzip(one.reply->body, kLargestBody);
      if (!plain) continue;  // the reader will find the same, and knows whose it is
      one.reply->body = std::move(*plain);
      one.reply->packed = false;
      bytes += one.reply->body.size();
    }
    const std::lock_guard lock(mutex_);
    unpacked_bytes_ += bytes;
  }

  std::unique_ptr<HttpClient> client_;  // only wake() is called by another thread than thread_
  std::size_t most_in_flight_, queue_;
  std::size_t in_flight_ = 0;  // as the caller sees it
  std::mutex mutex_;           // of what follows
  std::condition_variable asked_something_, done_something_;
  std::deque<Asked> asked_;
  std::vector<Done> done_;
  std::size_t handed_out_ = 0;      // replies that the reader has, and has perhaps not read yet
  std::size_t unpacked_bytes_ = 0;  // of the bodies in done_ that were unpacked here
  bool stop_ = false, woken_ = false;
  bool asleep_ = false;  // thread_ will not look at asked_ until it is woken, or something ends
  std::thread thread_;   // last: it starts when everything else is there
};

}  // namespace

std::unique_ptr<HttpClient> in_background(std::unique_ptr<HttpClient> client,
                                          std::size_t most_in_flight, std::size_t queue) {
  return std::make_unique<BackgroundClient>(std::move(client), most_in_flight, queue);
}

}  // namespace signals
