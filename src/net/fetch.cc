#include "net/fetch.h"

#include <algorithm>
#include <deque>
#include <vector>

namespace signals {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestWait{200};  // so that a stop request is seen soon

struct Try {
  std::size_t index;
  int attempt;  // 1 is the first
  milliseconds not_before;
};

class Run {
 public:
  Run(HttpClient& client, Clock& clock, const FetchPolicy& policy,
      std::span<const std::string> urls, const Judge& judge)
      : client_(client), clock_(clock), policy_(policy), urls_(urls), judge_(judge) {
    for (std::size_t i = 0; i < urls.size(); ++i) waiting_.push_back({i, 1, milliseconds(0)});
    attempts_.resize(urls.size());
  }

  bool all() {
    while (!waiting_.empty() || client_.in_flight() > 0) {
      if (policy_.stop != nullptr && policy_.stop->load()) return false;
      const milliseconds wait = start_what_is_due();
      if (client_.in_flight() == 0) {
        clock_.sleep(wait);
        continue;
      }
      for (auto& done : client_.wait(wait)) {
        if (!take(std::move(done))) return false;
      }
    }
    return true;
  }

 private:
  // Starts requests as far as pace and pauses allow; returns how long nothing else can start.
  milliseconds start_what_is_due() {
    while (!waiting_.empty() && client_.in_flight() < policy_.most_in_flight()) {
      const milliseconds now = clock_.elapsed();
      if (policy_.rate > 0 && now < next_start_) return std::min(next_start_ - now, kLongestWait);
      const auto due =
          std::ranges::find_if(waiting_, [&](const Try& one) { return one.not_before <= now; });
      if (due == waiting_.end()) return kLongestWait / 10;
      attempts_[due->index] = due->attempt;
      client_.start(due->index, urls_[due->index]);
      waiting_.erase(due);
      if (policy_.rate > 0) {
        next_start_ = now + milliseconds(static_cast<std::int64_t>(1000 / policy_.rate));
      }
    }
    return kLongestWait;
  }

  bool take(HttpClient::Done done) {
    const int attempt = attempts_[done.id];
    const bool last = attempt >= policy_.tries;
    const Verdict verdict = judge_(done.id, std::move(done.reply), last);
    if (verdict == Verdict::stop) return false;
    if (verdict == Verdict::retry && !last) {
      waiting_.push_back({done.id, attempt + 1, clock_.elapsed() + policy_.pause_before(attempt)});
    }
    return true;
  }

  HttpClient& client_;
  Clock& clock_;
  const FetchPolicy& policy_;
  std::span<const std::string> urls_;
  const Judge& judge_;
  std::deque<Try> waiting_;
  std::vector<int> attempts_;
  milliseconds next_start_{0};
};

}  // namespace

bool fetch_all(HttpClient& client, Clock& clock, const FetchPolicy& policy,
               std::span<const std::string> urls, const Judge& judge) {
  return Run(client, clock, policy, urls, judge).all();
}

}  // namespace signals
