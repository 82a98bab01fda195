#include "net/pacer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace signals {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kPacedInFlight = 2;
// A server that asks for a longer pause than this will not have us in this run.
constexpr milliseconds kLongestRetryAfter{3'600'000};
// Pauses are longer by up to this part of them: programs that tripped together probe apart.
constexpr double kPauseJitter = 0.25;

milliseconds scaled(milliseconds time, double factor) {
  return milliseconds(std::llround(static_cast<double>(time.count()) * factor));
}

// `first`, doubled once for each of `times`, up to `longest`.
milliseconds doubled(milliseconds first, int times, milliseconds longest) {
  milliseconds pause = first;
  for (int i = 0; i < times && pause < longest; ++i) pause *= 2;
  return std::min(pause, std::max(first, longest));
}

}  // namespace

std::optional<milliseconds> time_for(const PaceState& state, std::int64_t requests) {
  if (state.rate <= 0) return std::nullopt;
  return state.pause_left + scaled(milliseconds(1000), static_cast<double>(requests) / state.rate);
}

Pacer::Pacer(const PaceOptions& options, Random random)
    : options_(options), random_(std::move(random)) {}

milliseconds Pacer::interval() const {
  if (options_.rate <= 0) return milliseconds(0);
  return milliseconds(static_cast<std::int64_t>(std::ceil(1000 / rate() - 1e-9)));
}

milliseconds Pacer::next_start() const {
  return last_start_ ? *last_start_ + interval() : milliseconds::min();
}

std::size_t Pacer::most_in_flight() const {
  if (options_.rate > 0) return kPacedInFlight;
  return static_cast<std::size_t>(std::max(1.0, std::floor(double{kUnpacedInFlight} * share_)));
}

std::optional<milliseconds> Pacer::wait(milliseconds now, std::size_t in_flight) const {
  if (verdict_ || phase_ == Phase::probing) return std::nullopt;
  const milliseconds by_pace = std::max(next_start(), now) - now;
  if (phase_ == Phase::cooling) {
    // The probe flies alone: a late answer to an older request decides nothing.
    if (now >= cool_until_ && in_flight > 0) return std::nullopt;
    return std::max(by_pace, cool_until_ - now);
  }
  if (in_flight >= most_in_flight()) return std::nullopt;
  return by_pace;
}

void Pacer::started(milliseconds now) {
  ++requests_;
  last_start_ = now;
  if (phase_ == Phase::cooling) phase_ = Phase::probing;
}

void Pacer::answered() {
  ++answers_;
  failures_ = 0;
  if (phase_ == Phase::cooling) return;
  if (phase_ == Phase::probing) {
    phase_ = Phase::running;
    clean_ = 0;
    if (std::exchange(halve_, false)) share_ = std::max(share_ / 2, kLeastShare);
  }
  ++clean_;
  if (clean_ == kCleanStretch) pauses_ = outages_ = 0;
  if (clean_ % kCleanBeforeGrowth == 0) share_ = std::min(share_ + kGrowth, 1.0);
}

void Pacer::failed(milliseconds now, bool first_try) {
  failures_ += first_try ? 1 : 0;
  if (phase_ == Phase::probing || (phase_ == Phase::running && failures_ >= kOutage)) {
    stop_all(now, Trouble::unreachable, std::nullopt);
  }
}

void Pacer::refused(milliseconds now, std::optional<milliseconds> retry_after) {
  ++refusals_;
  failures_ = 0;
  if (phase_ == Phase::cooling) {
    if (retry_after) cool_until_ = std::max(cool_until_, now + *retry_after);
    return;
  }
  stop_all(now, Trouble::refused, retry_after);
}

void Pacer::stop_all(milliseconds now, Trouble trouble, std::optional<milliseconds> retry_after) {
  phase_ = Phase::cooling;
  clean_ = 0;
  failures_ = 0;
  milliseconds pause{0};
  if (trouble == Trouble::refused) {
    halve_ = true;
    // The server's own word counts for itself at first; when it proved wrong, the longer pause.
    const milliseconds ours = doubled(options_.cooldown, pauses_, options_.longest_cooldown);
    pause = !retry_after ? ours : pauses_ == 0 ? *retry_after : std::max(ours, *retry_after);
    if (++pauses_ >= (answers_ == 0 ? options_.most_at_first : options_.most_refusals) ||
        retry_after > std::max(kLongestRetryAfter, options_.cooldown)) {
      verdict_ = trouble;
    }
  } else {
    pause = doubled(options_.outage_pause, outages_, options_.longest_cooldown);
    if (answers_ + refusals_ == 0 || ++outages_ >= options_.most_outages) verdict_ = trouble;
  }
  cool_until_ = now + scaled(pause, 1 + kPauseJitter * random_());
}

PaceState Pacer::state(milliseconds now) const {
  const bool cooling = phase_ == Phase::cooling && !verdict_;
  return {rate(), requests_, refusals_,
          cooling ? std::max(cool_until_ - now, milliseconds(0)) : milliseconds(0)};
}

milliseconds Pacer::retry_pause(int attempt) {
  return scaled(doubled(options_.first_retry, attempt - 1, options_.longest_retry), random_());
}

}  // namespace signals
