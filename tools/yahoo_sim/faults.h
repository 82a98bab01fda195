// Faults on request: which replies go wrong, and how.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace yahoo_sim {

enum class Fault { status_404, status_429, status_500, slow, truncated, html, empty };

class Faults {
 public:
  // "KIND:TICKER[:COUNT]": KIND is 404, 429, 500, slow, truncated, html or empty; TICKER may be *,
  // or *.L for an exchange; only the first COUNT replies are faulty (default: all), or N% of them,
  // drawn anew for each.
  signals::Result<void> add(const std::string& spec);

  // The fault of the next reply for a ticker, if any. Counts; safe from several threads.
  std::optional<Fault> next(const std::string& ticker);

 private:
  struct Rule {
    Fault fault;
    std::string ticker;
    long left;
    double share = 1;  // of the replies
    unsigned long asked = 0;
  };
  std::mutex mutex_;
  std::vector<Rule> rules_;
};

}  // namespace yahoo_sim
