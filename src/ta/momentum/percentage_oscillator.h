// The distance of two exponential means as a share of the slow one, with a signal: of prices and of
// volumes.
#pragma once

#include "ta/window.h"

namespace signals::ta {

template <class V>
class PercentageOscillator {
 public:
  // params: spans of the slow mean, the fast mean, the signal.
  PercentageOscillator(Params params, Mode mode)
      : slow_(params[0], min_periods(static_cast<int>(params[0]), mode)),
        fast_(params[1], min_periods(static_cast<int>(params[1]), mode)),
        signal_(params[2], min_periods(static_cast<int>(params[2]), mode)) {}

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

}  // namespace signals::ta
