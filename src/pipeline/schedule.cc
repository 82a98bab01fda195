#include "pipeline/schedule.h"

#include <algorithm>

#include "lake/partition.h"
#include "pipeline/standing.h"

namespace signals {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t kOverlapSessions = 10;
// Long enough that every row which still waits for confirmation is asked for again.
constexpr days kLeastOverlap{15};
constexpr std::uint32_t kRereadEvery = 60;
// Within this time a second look confirms nothing: an interrupted run's answers still hold.
constexpr auto kResumeWithin = hours(6);

Date day_of(Instant at) { return std::chrono::floor<days>(at); }

// Whether nothing of the target lies before what was asked for. A listing has nothing before its
// first trade.
bool reaches_back(const SymbolRow& known, const Window& target) {
  return known.asked_from <= target.from ||
         (known.first_trade_date && known.asked_from <= *known.first_trade_date);
}

bool answered_by_unfinished_run(const SymbolRow& known, const Target& target) {
  if (!known.last_ok || known.failures > 0 || known.status == kHeld ||
      known.asked_from == known.asked_to) {
    return false;
  }
  if (target.last_complete && *known.last_ok <= *target.last_complete) return false;
  if (*known.last_ok > target.now || *known.last_ok + kResumeWithin <= target.now) return false;
  return reaches_back(known, target.window) &&
         known.asked_to >= std::min(target.window.to, day_of(*known.last_ok));
}

Date overlap_begin(const SymbolRow& known, std::span<const Date> dates) {
  const auto end = std::ranges::lower_bound(dates, known.asked_to);
  const auto before = static_cast<std::size_t>(end - dates.begin());
  Date from = known.asked_to - kLeastOverlap;
  if (before < kOverlapSessions) {
    // Few bars: a young listing, or one that hardly trades.
    from = std::min(from, dates.empty() ? from : dates.front());
  } else {
    from = std::min(from, dates[before - kOverlapSessions]);
  }
  return std::min(from, known.recheck_from.value_or(from));
}

}  // namespace

Ask decide_ask(std::string_view ticker, const SymbolRow* known, std::span<const Date> dates,
               const Target& target) {
  if (known == nullptr) return {Asking::whole, target.window};
  if (known->status == kEnded) return {Asking::resting};
  if (!target.exact && !is_due(*known, target.now)) return {Asking::resting};
  if (answered_by_unfinished_run(*known, target)) return {Asking::nothing};
  if (target.exact) return {Asking::window, target.window};
  if (known->asked_from == known->asked_to || !reaches_back(*known, target.window)) {
    return {Asking::whole, target.window};
  }
  const Window whole{std::min(known->asked_from, target.window.from), target.window.to};
  if (known->status == kHeld ||
      is_reread_due(ticker, day_of(known->last_ok.value_or(target.now)), day_of(target.now))) {
    return {Asking::whole, whole};
  }
  const Window window{std::max(overlap_begin(*known, dates), whole.from), target.window.to};
  if (window.from >= window.to) return {Asking::nothing};
  return {Asking::window, window};
}

bool is_reread_due(std::string_view ticker, Date last, Date today) {
  const auto number = static_cast<std::uint32_t>(today.time_since_epoch().count());
  const std::uint32_t days_ago = (murmur3(ticker) / kBuckets + number) % kRereadEvery;
  return today - days(days_ago) > last;
}

Window answered(const SymbolRow* known, const Window& window, Instant now) {
  // Sessions of today may not be over; the overlap of the next run covers what comes late.
  Window fresh{window.from, std::max(window.from, std::min(window.to, day_of(now)))};
  if (known == nullptr || known->asked_from == known->asked_to) return fresh;
  if (fresh.from > known->asked_to || fresh.to < known->asked_from) {
    const Window old{known->asked_from, known->asked_to};
    return fresh.to > old.to ? fresh : old;
  }
  return {std::min(fresh.from, known->asked_from), std::max(fresh.to, known->asked_to)};
}

}  // namespace signals
