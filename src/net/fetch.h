// fetch_all: many GETs through one client, at the pace of a Pacer, with retries. It decides when;
// the caller decides what a reply means.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>

#include "core/clock.h"
#include "net/http.h"
#include "net/pacer.h"

namespace signals {

enum class Meaning {
  answer,   // good or bad, it would be the same again
  failure,  // no reply, or one that is no use: worth another try
  refusal,  // no request has a chance now
};

class Replies {
 public:
  virtual ~Replies() = default;
  // What a reply means; called for each that comes, so perhaps several times for an index.
  virtual Meaning read(std::size_t index, Result<HttpReply> reply) = 0;
  // The reply that was read last is the one that counts: once for each index, in any order. False
  // ends the run.
  virtual bool keep(std::size_t index) = 0;
};

struct FetchOptions {
  int tries = 4;                                           // of one request
  const std::atomic<bool>* stop = nullptr;                 // set from outside: start nothing more
  std::function<void(const std::string& message)> warn{};  // of pauses and their end
};

enum class FetchEnd {
  complete,     // every request was answered or given up
  refused,      // the server refuses us for good: nothing more was asked
  unreachable,  // no request succeeds: nothing more was asked
  stopped,      // from outside, or by Replies::keep
};

// The pacer outlives the call: a rate that was halved stays so for the next one. After any other
// end than `complete` requests may be under way still, and the client is of no more use.
FetchEnd fetch_all(HttpClient& client, Clock& clock, Pacer& pacer, const FetchOptions& options,
                   std::span<const std::string> urls, Replies& replies);

}  // namespace signals
