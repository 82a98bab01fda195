// The distance of two exponential means as a share of the slow one, with a signal: of prices and of
// volumes.
#pragma once

#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class PercentageOscillator {
 public:
  // Parameters: spans of the slow mean, the fast mean, the signal.
  explicit PercentageOscillator(Setup<V>& setup)
      : slow_(setup.window(0)), fast_(setup.window(1)), signal_(setup.window(2)) {}

  // out: oscillator, signal, their difference.
  void push(V x, V* out) {
    const V slow = slow_.push(x);
    out[0] = (fast_.push(x) - slow) / slow * 100.0;
    out[1] = signal_.push(out[0]);
    out[2] = out[0] - out[1];
  }

 private:
  Ewm<V> slow_, fast_, signal_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
