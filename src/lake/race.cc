#include "lake/race.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace signals {

void back_off(int attempt) {
  std::random_device device;
  const auto limit = static_cast<unsigned>(5 << std::min(attempt, 6));
  std::this_thread::sleep_for(std::chrono::milliseconds(1 + device() % limit));
}

bool may_have_happened(const Error& error) { return error.code == ErrorCode::unreachable; }

}  // namespace signals
