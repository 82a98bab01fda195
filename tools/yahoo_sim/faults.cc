#include "yahoo_sim/faults.h"

#include <charconv>
#include <limits>

#include "core/text.h"

namespace yahoo_sim {

signals::Result<void> Faults::add(const std::string& spec) {
  static const std::map<std::string, Fault> kinds = {
      {"429", Fault::status_429},      {"500", Fault::status_500}, {"slow", Fault::slow},
      {"truncated", Fault::truncated}, {"html", Fault::html},      {"empty", Fault::empty}};
  const auto parts = signals::split(spec, ':');
  const auto kind = kinds.find(parts[0]);
  long count = std::numeric_limits<long>::max();
  bool good = kind != kinds.end() && (parts.size() == 2 || parts.size() == 3);
  if (good && parts.size() == 3) {
    const char* end = parts[2].data() + parts[2].size();
    good = std::from_chars(parts[2].data(), end, count).ptr == end && !parts[2].empty();
  }
  if (!good) {
    return signals::fail(signals::ErrorCode::usage,
                         "--fault " + spec + ": it is KIND:TICKER[:COUNT]");
  }
  rules_.push_back({kind->second, parts[1], count});
  return {};
}

std::optional<Fault> Faults::next(const std::string& ticker) {
  const std::lock_guard lock(mutex_);
  for (auto& rule : rules_) {
    if ((rule.ticker != "*" && rule.ticker != ticker) || rule.left <= 0) continue;
    --rule.left;
    return rule.fault;
  }
  return std::nullopt;
}

}  // namespace yahoo_sim
