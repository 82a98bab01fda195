// Clock: the only way to learn the time or to wait, so that tests decide both.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "core/date.h"

namespace signals {

class Clock {
 public:
  virtual ~Clock() = default;
  // Time since an arbitrary start; never goes back.
  virtual std::chrono::milliseconds elapsed() = 0;
  virtual void sleep(std::chrono::milliseconds time) = 0;
};

// Passes a clock on and raises a flag when a run's time is up, or when another flag is raised.
class Deadline final : public Clock {
 public:
  Deadline(Clock& clock, std::optional<std::chrono::milliseconds> most,
           const std::atomic<bool>* stop);
  std::chrono::milliseconds elapsed() override;
  void sleep(std::chrono::milliseconds time) override;

  // Up to date after each question for the time.
  [[nodiscard]] const std::atomic<bool>& flag() const { return flag_; }
  [[nodiscard]] bool over() const { return over_; }  // by time

 private:
  Clock& clock_;
  std::optional<std::chrono::milliseconds> end_;
  const std::atomic<bool>* stop_;
  std::atomic<bool> flag_ = false, over_ = false;
};

// The machine's own clock.
Clock& system_clock();

}  // namespace signals
