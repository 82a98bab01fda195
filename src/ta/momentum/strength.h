// The relative strength of a close, which RSI and its stochastic share.
#pragma once

#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class Strength {
 public:
  // Parameter 0: the window; Wilder's mean weighs a row by 1/window.
  explicit Strength(Setup<V>& setup) : up_(Ewm<V>::wilder(setup.window(0))), down_(up_) {}

  V push(V close) {
    const V change = close - before_.push(close);
    const V up = up_.push(change > 0.0 ? change : V{});
    const V down = down_.push(change < 0.0 ? -change : V{});
    return down == 0.0 ? splat<V>(100.0) : 100.0 - 100.0 / (1.0 + up / down);
  }

 private:
  Previous<V> before_;
  Ewm<V> up_, down_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
