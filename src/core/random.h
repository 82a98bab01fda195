// Random: numbers that are uniform in [0, 1), handed in so that tests decide them. And chance, for
// names that must be unique.
#pragma once

#include <cstdint>
#include <functional>

namespace signals {

using Random = std::function<double()>;

Random seeded_random(std::uint64_t seed);

// Differs from run to run.
Random system_random();

// Bits that no other process or thread draws: for names. The machine is asked for chance once a
// thread, since its answers take long.
std::uint64_t chance();

}  // namespace signals
