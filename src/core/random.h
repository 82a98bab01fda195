// Random: numbers that are uniform in [0, 1), handed in so that tests decide them.
#pragma once

#include <cstdint>
#include <functional>

namespace signals {

using Random = std::function<double()>;

Random seeded_random(std::uint64_t seed);

// Differs from run to run.
Random system_random();

}  // namespace signals
