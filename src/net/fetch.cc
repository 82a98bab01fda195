#include "net/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "core/text.h"

namespace signals {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestWait{200};  // so that a stop request is seen soon
// A request that met trouble so often while others were answered is itself what is wrong.
constexpr int kOwnTrouble = 3;
// One request waits no longer for a server that named a time; it is given up instead.
constexpr milliseconds kPatience{600'000};

struct Request {
  int tries = 0;                    // but for those that met a refusal or an outage
  int troubles = 0;                 // those
  std::int64_t answers_before = 0;  // to anyone, when the first trouble came
};

struct Waiting {
  std::size_t index;
  milliseconds not_before;
};

class Run {
 public:
  Run(HttpClient& client, Clock& clock, Pacer& pacer, const FetchOptions& options,
      std::span<const std::string> urls, Replies& replies)
      : client_(client),
        clock_(clock),
        pacer_(pacer),
        options_(options),
        urls_(urls),
        replies_(replies),
        requests_(urls.size()) {
    for (std::size_t i = 0; i < urls.size(); ++i) waiting_.push_back({i, milliseconds(0)});
  }

  FetchEnd all() {
    const FetchEnd end = until_the_end();
    if (end != FetchEnd::complete) client_.take_back();
    return end;
  }

 private:
  static FetchEnd end_of(Trouble trouble) {
    return trouble == Trouble::refused ? FetchEnd::refused : FetchEnd::unreachable;
  }

  FetchEnd until_the_end() {
    while (!waiting_.empty() || client_.in_flight() > 0) {
      if (pacer_.verdict()) return end_of(*pacer_.verdict());
      if (options_.stop != nullptr && options_.stop->load()) return FetchEnd::stopped;
      const milliseconds wait = start_what_is_due(0);
      if (client_.in_flight() == 0) {
        clock_.sleep(wait);
        continue;
      }
      auto all_done = client_.wait(wait);
      auto unread = all_done.size();
      for (auto& done : all_done) {
        const auto answers = pacer_.answers();
        if (!take(std::move(done))) return FetchEnd::stopped;
        if (pacer_.verdict()) return end_of(*pacer_.verdict());
        --unread;
        // Reading takes time in which the server should not stand idle; but after trouble, the
        // other replies are heard first.
        if (pacer_.answers() > answers) start_what_is_due(unread);
      }
    }
    return FetchEnd::complete;
  }

  // Starts requests as far as the pacer allows, with so many replies still to be read; returns how
  // long nothing else can start.
  milliseconds start_what_is_due(std::size_t unread) {
    while (!waiting_.empty()) {
      const milliseconds now = clock_.elapsed();
      const std::size_t ahead = client_.in_flight() + unread;
      const std::size_t queued = pacer_.free() ? std::min(ahead, client_.queue()) : 0;
      const auto paused = pacer_.wait(now, ahead - queued);
      if (!paused) break;
      if (*paused > milliseconds(0)) return std::min(*paused, kLongestWait);
      const auto due =
          std::ranges::find_if(waiting_, [&](const Waiting& one) { return one.not_before <= now; });
      if (due == waiting_.end()) {
        const auto first = std::ranges::min_element(waiting_, {}, &Waiting::not_before);
        return std::min(first->not_before - now, kLongestWait);
      }
      client_.start(due->index, urls_[due->index]);
      waiting_.erase(due);
      pacer_.started(now);
    }
    return kLongestWait;
  }

  bool take(HttpClient::Done done) {
    const auto retry_after = done.reply ? done.reply->retry_after : std::nullopt;
    const Meaning meaning = replies_.read(done.id, unpacked(std::move(done.reply), urls_[done.id]));
    const milliseconds now = clock_.elapsed();
    const bool was_paused = pacer_.paused(), was_free = pacer_.free();
    switch (meaning) {
      case Meaning::answer:
        pacer_.answered();
        break;
      case Meaning::failure:
        pacer_.failed(now, requests_[done.id].tries == 0);
        break;
      case Meaning::refusal:
        pacer_.refused(now, retry_after);
        break;
    }
    tell(meaning, was_paused, now);
    if (was_free && !pacer_.free()) take_back();
    if (meaning == Meaning::answer || pacer_.verdict()) return replies_.keep(done.id);
    if (pacer_.paused()) return put_back(done.id);
    Request& request = requests_[done.id];
    const milliseconds asked = retry_after.value_or(milliseconds(0));
    if (++request.tries >= options_.tries || asked > kPatience) return replies_.keep(done.id);
    waiting_.push_back({done.id, now + std::max(pacer_.retry_pause(request.tries), asked)});
    return true;
  }

  void take_back() {
    const auto ids = client_.take_back();
    pacer_.taken_back(ids.size());
    for (const std::size_t id : ids) waiting_.push_back({id, milliseconds(0)});
  }

  // To the back of the queue: another request is a better probe than one that was just refused.
  bool put_back(std::size_t index) {
    Request& request = requests_[index];
    if (request.troubles++ == 0) request.answers_before = pacer_.answers();
    if (request.troubles >= kOwnTrouble && pacer_.answers() > request.answers_before) {
      return replies_.keep(index);
    }
    waiting_.push_back({index, milliseconds(0)});
    return true;
  }

  void tell(Meaning meaning, bool was_paused, milliseconds now) const {
    if (!options_.warn || pacer_.verdict()) return;
    const PaceState state = pacer_.state(now);
    const double pause = static_cast<double>(state.pause_left.count()) / 1000;
    if (was_paused && !pacer_.paused()) {
      options_.warn(state.rate > 0 ? fmt::format("the source answers again: on at {:.2g} requests "
                                                 "a second",
                                                 state.rate)
                                   : std::string("the source answers again"));
    } else if (!was_paused && pacer_.paused()) {
      options_.warn(
          fmt::format("{}: everything stops for {}, then one request tries again",
                      meaning == Meaning::refusal ? "the source refuses us" : "no request succeeds",
                      human_seconds(pause)));
    }
  }

  HttpClient& client_;
  Clock& clock_;
  Pacer& pacer_;
  const FetchOptions& options_;
  std::span<const std::string> urls_;
  Replies& replies_;
  std::deque<Waiting> waiting_;
  std::vector<Request> requests_;
};

}  // namespace

FetchEnd fetch_all(HttpClient& client, Clock& clock, Pacer& pacer, const FetchOptions& options,
                   std::span<const std::string> urls, Replies& replies) {
  return Run(client, clock, pacer, options, urls, replies).all();
}

}  // namespace signals
