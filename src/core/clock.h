// Clock: the only way to learn the time or to wait, so that tests decide both.
#pragma once

#include <chrono>

#include "core/date.h"

namespace signals {

class Clock {
 public:
  virtual ~Clock() = default;
  // Time since an arbitrary start; never goes back.
  virtual std::chrono::milliseconds elapsed() = 0;
  virtual void sleep(std::chrono::milliseconds time) = 0;
};

// The machine's own clock.
Clock& system_clock();

}  // namespace signals
