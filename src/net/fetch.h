// fetch_all: many GETs through one client at a set pace, with retries. It decides when; the caller
// decides what a reply means.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <span>
#include <string>

#include "core/clock.h"
#include "net/http.h"

namespace signals {

struct FetchPolicy {
  double rate = 1;                              // requests started a second; 0 means no pacing
  int tries = 3;                                // for a request whose verdict is `retry`
  std::chrono::milliseconds first_pause{1000};  // before the second try; doubles
  const std::atomic<bool>* stop = nullptr;      // set from outside: start nothing more

  [[nodiscard]] std::size_t most_in_flight() const { return rate > 0 ? 2 : 16; }
  [[nodiscard]] std::chrono::milliseconds pause_before(int attempt) const {
    return first_pause * (1 << (attempt - 1));
  }
};

enum class Verdict {
  done,   // the reply, good or bad, was taken
  retry,  // worth another try, if one is left
  stop,   // no request has a chance now: end the whole run
};

// Called once per reply, in the order in which replies come. `last_try`: `retry` means `done`.
using Judge = std::function<Verdict(std::size_t index, Result<HttpReply> reply, bool last_try)>;

// True if every request was answered or given up; false if a verdict or `stop` ended the run early.
bool fetch_all(HttpClient& client, Clock& clock, const FetchPolicy& policy,
               std::span<const std::string> urls, const Judge& judge);

}  // namespace signals
