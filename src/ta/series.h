// Series that several indicators need. A kernel asks for one by setup.share<Name>(windows…) and
// reads it by at(bar); the engine computes it once for each block of rows, before the kernels.
//
//   static constexpr std::size_t kOutputs
//   Name(Setup<V>& setup, windows…)
//   void step(const BarOf<V>& bar, V* out)
#pragma once

#include "ta/smooth.h"
#include "ta/window.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
V typical_price(const BarOf<V>& bar) {
  return (bar.high + bar.low + bar.close) / 3.0;
}

template <class V>
struct TypicalPrice {
  static constexpr std::size_t kOutputs = 1;
  explicit TypicalPrice(Setup<V>& /*setup*/) {}
  void step(const BarOf<V>& bar, V* out) { out[0] = typical_price(bar); }
};

template <class V>
struct SmoothClose {  // EMA(C)
  static constexpr std::size_t kOutputs = 1;
  SmoothClose(Setup<V>& /*setup*/, Window span) : mean(span) {}
  void step(const BarOf<V>& bar, V* out) { out[0] = mean.push(bar.close); }
  Ewm<V> mean;
};

template <class V>
struct MeanClose {  // SMA(C)
  static constexpr std::size_t kOutputs = 1;
  MeanClose(Setup<V>& setup, Window window) : mean(setup, window) {}
  void step(const BarOf<V>& bar, V* out) { out[0] = mean.push(bar.close); }
  RollingMean<V> mean;
};

template <class V>
struct HighLow {  // MAX(H), MIN(L)
  static constexpr std::size_t kOutputs = 2;
  HighLow(Setup<V>& setup, Window window) : high(setup, window), low(setup, window) {}
  void step(const BarOf<V>& bar, V* out) {
    out[0] = high.push(bar.high);
    out[1] = low.push(bar.low);
  }
  Max<V> high;
  Min<V> low;
};

template <class V>
struct Range {  // true range; the first row's is its own range
  static constexpr std::size_t kOutputs = 1;
  explicit Range(Setup<V>& /*setup*/) {}
  void step(const BarOf<V>& bar, V* out) { out[0] = range.push(bar); }
  TrueRange<V> range;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
