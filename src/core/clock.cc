#include "core/clock.h"

#include <thread>

namespace signals {
namespace {

class SystemClock final : public Clock {
 public:
  std::chrono::milliseconds elapsed() override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
  void sleep(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }
};

}  // namespace

Deadline::Deadline(Clock& clock, std::optional<std::chrono::milliseconds> most,
                   const std::atomic<bool>* stop)
    : clock_(clock), stop_(stop) {
  if (most) end_ = clock.elapsed() + *most;
}

std::chrono::milliseconds Deadline::elapsed() {
  const auto now = clock_.elapsed();
  if (end_ && now >= *end_) over_ = true;
  if (over_ || (stop_ != nullptr && stop_->load())) flag_ = true;
  return now;
}

void Deadline::sleep(std::chrono::milliseconds time) {
  clock_.sleep(time);
  (void)elapsed();
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace signals
