#include "yahoo_sim/faults.h"

#include <limits>

#include "core/number.h"
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
  const auto read = [&good](std::string_view text, auto& value) {
    const auto number = signals::number_in<std::remove_reference_t<decltype(value)>>(text);
    good = good && number;
    value = number.value_or(value);
  };
  if (parts.size() == 3 && parts[2].ends_with('%')) {
    read(std::string_view(parts[2]).substr(0, parts[2].size() - 1), share);
    share /= 100;
  } else if (parts.size() == 3) {
    read(parts[2], count);
  }
  if (named.size() > 1) {
    read(named[1], retry_after);
    good = good && retry_after > 0;
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
