// The distance of two exponential means as a share of the slow one, with a signal: of prices and of
// volumes.
#pragma once

#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class PercentageOscillator {
 public:
  explicit PercentageOscillator(Window signal) : signal_(signal) {}

  // out: oscillator, signal, their difference.
  void push(V fast, V slow, V* out) {
    out[0] = (fast - slow) / slow * 100.0;
    out[1] = signal_.push(out[0]);
    out[2] = out[0] - out[1];
  }

 private:
  Ewm<V> signal_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
