#include "yahoo_sim/faults.h"

#include <charconv>
#include <limits>

#include "core/text.h"

namespace yahoo_sim {

signals::Result<void> Faults::add(const std::string& spec) {
  static const std::map<std::string, Fault> kinds = {
      {"pass", Fault::none},   {"429", Fault::status_429},      {"500", Fault::status_500},
      {"slow", Fault::slow},   {"truncated", Fault::truncated}, {"html", Fault::html},
      {"block", Fault::block}, {"empty", Fault::empty}};
  const auto parts = signals::split(spec, ':');
  const auto named = signals::split(parts[0], '+');
  const auto kind = kinds.find(named[0]);
  int retry_after = 0;
  long count = std::numeric_limits<long>::max();
  bool good = kind != kinds.end() && (parts.size() == 2 || parts.size() == 3);
  if (good && parts.size() == 3) {
    const char* end = parts[2].data() + parts[2].size();
    good = std::from_chars(parts[2].data(), end, count).ptr == end && !parts[2].empty();
  }
  if (good && named.size() > 1) {
    const char* end = named[1].data() + named[1].size();
    good = std::from_chars(named[1].data(), end, retry_after).ptr == end && retry_after > 0;
  }
  if (!good) {
    return signals::fail(signals::ErrorCode::usage,
                         "--fault " + spec + ": it is KIND[+SECONDS]:TICKER[:COUNT]");
  }
  rules_.push_back({{kind->second, retry_after}, parts[1], count});
  return {};
}

Faulty Faults::next(const std::string& ticker) {
  const std::lock_guard lock(mutex_);
  for (auto& rule : rules_) {
    if ((rule.ticker != "*" && rule.ticker != ticker) || rule.left <= 0) continue;
    --rule.left;
    return rule.fault;
  }
  return {};
}

}  // namespace yahoo_sim
