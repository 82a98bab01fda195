// Pacer: when may the next request start? A pure state machine: the times of starts and replies go
// in, decisions come out. It neither waits nor reads a clock, so a test runs hours in milliseconds.
//
//   running --refusal, or outage--> cooling --the pause is over--> probing --answer--> running
//                                       ^------refusal, failure--------'
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/random.h"

namespace signals {

struct PaceOptions {
  using milliseconds = std::chrono::milliseconds;

  double rate = 1;                 // most requests started a second; 0 means no pacing
  milliseconds cooldown{120'000};  // the first pause after a refusal; doubles
  milliseconds longest_cooldown{1'800'000};
  milliseconds outage_pause{5'000};    // the first pause when all requests fail; doubles
  milliseconds first_retry{1'000};     // bounds the pause before a second try; doubles
  milliseconds longest_retry{60'000};  // and its own bound
  int most_refusals = 6;               // pauses in a row, without kCleanStretch between them
  int most_at_first = 3;               // the same while nothing has been answered at all
  int most_outages = 9;
};

enum class Trouble {
  refused,      // a reply that says: not you, not now
  unreachable,  // no reply that is of use
};

// What a watcher may want to know.
struct PaceState {
  double rate = 0;  // requests a second that are allowed now; 0 means no pacing
  std::int64_t requests = 0, refusals = 0;
  std::chrono::milliseconds pause_left{0};
};

// How long `requests` more take at this pace, if all goes well; empty without pacing.
std::optional<std::chrono::milliseconds> time_for(const PaceState& state, std::int64_t requests);

class Pacer {
 public:
  using milliseconds = std::chrono::milliseconds;

  // Answers after trouble that make it forgotten, and those that let the rate grow.
  static constexpr int kCleanStretch = 30;
  static constexpr int kCleanBeforeGrowth = 300;
  // First tries in a row that fail and are an outage, not bad luck.
  static constexpr int kOutage = 8;
  // Requests at the server at once, without pacing.
  static constexpr std::size_t kUnpacedInFlight = 16;
  // The rate is never less than this share of PaceOptions::rate; it grows back by kGrowth of it.
  static constexpr double kLeastShare = 1.0 / 16;
  static constexpr double kGrowth = 0.1;

  Pacer(const PaceOptions& options, Random random);

  // How long nothing may start, with `in_flight` requests under way: zero means one may start now.
  // Empty when only a reply can change that, or after a verdict.
  [[nodiscard]] std::optional<milliseconds> wait(milliseconds now, std::size_t in_flight) const;

  void started(milliseconds now);
  void taken_back(std::size_t requests) { requests_ -= static_cast<std::int64_t>(requests); }
  void answered();
  // No reply, or one that is no use. Only a first try is a sign of an outage: what failed before
  // and fails again may have itself to blame.
  void failed(milliseconds now, bool first_try);
  void refused(milliseconds now, std::optional<milliseconds> retry_after);

  // Set once there is no point in going on.
  [[nodiscard]] std::optional<Trouble> verdict() const { return verdict_; }
  // Nothing but the number in flight holds requests back, and that is not lowered either.
  [[nodiscard]] bool free() const {
    return options_.rate <= 0 && share_ == 1 && phase_ == Phase::running;
  }
  [[nodiscard]] bool paused() const { return phase_ != Phase::running; }
  [[nodiscard]] PaceState state(milliseconds now) const;
  [[nodiscard]] std::int64_t answers() const { return answers_; }

  // Before try number `attempt + 1` of one request: anything up to a bound that doubles.
  [[nodiscard]] milliseconds retry_pause(int attempt);

 private:
  enum class Phase { running, cooling, probing };

  [[nodiscard]] double rate() const { return options_.rate * share_; }
  [[nodiscard]] milliseconds interval() const;
  [[nodiscard]] milliseconds next_start() const;
  [[nodiscard]] std::size_t most_in_flight() const;
  void stop_all(milliseconds now, Trouble trouble, std::optional<milliseconds> retry_after);

  PaceOptions options_;
  Random random_;
  Phase phase_ = Phase::running;
  double share_ = 1;  // of the full rate, or of the full number in flight
  std::optional<milliseconds> last_start_;
  milliseconds cool_until_{0};
  bool halve_ = false;  // the trip was a refusal
  int pauses_ = 0;      // in a row
  int outages_ = 0;     // in a row
  int clean_ = 0;       // answers since the last trouble
  int failures_ = 0;    // of first tries, in a row
  std::int64_t requests_ = 0, refusals_ = 0, answers_ = 0;
  std::optional<Trouble> verdict_;
};

}  // namespace signals
