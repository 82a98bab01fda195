#include <condition_variable>
#include <mutex>
#include <thread>

#include "net/http.h"

namespace signals {
namespace {

constexpr std::chrono::seconds kLongestWait{1};

class BackgroundClient final : public HttpClient {
 public:
  explicit BackgroundClient(std::unique_ptr<HttpClient> client)
      : client_(std::move(client)), thread_([this] { run(); }) {}
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
        asked.swap(asked_);
      }
      for (const auto& one : asked) client_->start(one.id, one.url);
      auto done = client_->wait(asked.empty() ? kLongestWait : std::chrono::milliseconds(0));
      if (done.empty()) continue;
      {
        const std::lock_guard lock(mutex_);
        for (auto& one : done) done_.push_back(std::move(one));
      }
      done_something_.notify_one();
    }
  }

  std::unique_ptr<HttpClient> client_;  // only wake() is called by another thread than thread_
  std::size_t in_flight_ = 0;           // as the caller sees it
  std::mutex mutex_;                    // of what follows
  std::condition_variable asked_something_, done_something_;
  std::vector<Asked> asked_;
  std::vector<Done> done_;
  bool stop_ = false, woken_ = false;
  bool asleep_ = false;  // thread_ will not look at asked_ until it is woken, or something ends
  std::thread thread_;   // last: it starts when everything else is there
};

}  // namespace

std::unique_ptr<HttpClient> in_background(std::unique_ptr<HttpClient> client) {
  return std::make_unique<BackgroundClient>(std::move(client));
}

}  // namespace signals
