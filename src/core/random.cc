#include "core/random.h"

#include <random>

namespace signals {

Random seeded_random(std::uint64_t seed) {
  return [engine = std::mt19937_64(seed)]() mutable {
    constexpr double kStep = 1.0 / static_cast<double>(1ULL << 53);
    return static_cast<double>(engine() >> 11) * kStep;
  };
}

Random system_random() {
  std::random_device device;
  return seeded_random((static_cast<std::uint64_t>(device()) << 32) | device());
}

std::uint64_t chance() {
  thread_local auto engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return engine();
}

}  // namespace signals
