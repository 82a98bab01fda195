// Faults on request: which replies go wrong, and how.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/result.h"

namespace yahoo_sim {

enum class Fault { none, status_404, status_429, status_500, slow, truncated, html, block, empty };

struct Faulty {
  Fault kind = Fault::none;
  int retry_after = 0;  // seconds; 0: the header is left out
};

class Faults {
 public:
  // "KIND:TICKER[:COUNT]": KIND is 404, 429, 500 (these two with +SECONDS for a Retry-After), slow,
  // truncated, html, block, empty, or pass for none; TICKER may be *, or *.L for an exchange; the
  // rule is for the first COUNT replies that no earlier rule took (default: all), or for N% of
  // them, drawn anew for each.
  signals::Result<void> add(const std::string& spec);

  // The fault of the next reply for a ticker. Counts; safe from several threads.
  Faulty next(const std::string& ticker);

 private:
  struct Rule {
    Faulty fault;
    std::string ticker;
    long left;
    double share = 1;  // of the replies
    unsigned long asked = 0;
  };
  std::mutex mutex_;
  std::vector<Rule> rules_;
};

}  // namespace yahoo_sim
