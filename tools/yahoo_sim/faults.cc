#include "yahoo_sim/faults.h"

#include <charconv>
#include <limits>

#include "core/text.h"

namespace yahoo_sim {
namespace {

bool matches(const std::string& pattern, const std::string& ticker) {
  if (!pattern.starts_with('*')) return pattern == ticker;
  return ticker.ends_with(pattern.substr(1));
}

// A draw in [0, 1) for the n-th reply.
double draw(unsigned long n) {
  std::uint64_t z = (n + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

}  // namespace

signals::Result<void> Faults::add(const std::string& spec) {
  static const std::map<std::string, Fault> kinds = {
      {"pass", Fault::none},      {"404", Fault::status_404}, {"429", Fault::status_429},
      {"500", Fault::status_500}, {"slow", Fault::slow},      {"truncated", Fault::truncated},
      {"html", Fault::html},      {"block", Fault::block},    {"empty", Fault::empty}};
  const auto parts = signals::split(spec, ':');
  const auto named = signals::split(parts[0], '+');
  const auto kind = kinds.find(named[0]);
  int retry_after = 0;
  long count = std::numeric_limits<long>::max();
  double share = 1;
  bool good = kind != kinds.end() && (parts.size() == 2 || parts.size() == 3);
  if (good && parts.size() == 3 && parts[2].ends_with('%')) {
    const char* end = parts[2].data() + parts[2].size() - 1;
    good = std::from_chars(parts[2].data(), end, share).ptr == end;
    share /= 100;
  } else if (good && parts.size() == 3) {
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
  rules_.push_back({{kind->second, retry_after}, parts[1], count, share});
  return {};
}

Faulty Faults::next(const std::string& ticker) {
  const std::lock_guard lock(mutex_);
  for (auto& rule : rules_) {
    if (!matches(rule.ticker, ticker) || rule.left <= 0) continue;
    if (rule.share < 1 && draw(rule.asked++) >= rule.share) continue;
    --rule.left;
    return rule.fault;
  }
  return {};
}

}  // namespace yahoo_sim
