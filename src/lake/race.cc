#include "lake/race.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/random.h"

namespace signals {

void back_off(int attempt) {
  const auto limit = static_cast<unsigned>(5 << std::min(attempt, 6));
  std::this_thread::sleep_for(std::chrono::milliseconds(1 + chance() % limit));
}

bool may_have_happened(const Error& error) { return error.code == ErrorCode::unreachable; }

}  // namespace signals
