// Close location value: -1 at the low, +1 at the high, 0 where it is 0/0 or unknown.
#pragma once

#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
V close_location(const BarOf<V>& bar) {
  const V value = ((bar.close - bar.low) - (bar.high - bar.close)) / (bar.high - bar.low);
  return value == value ? value : splat<V>(0.0);
}

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
