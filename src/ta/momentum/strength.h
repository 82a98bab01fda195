// The relative strength of a close, which RSI and its stochastic share.
#pragma once

#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class Strength {
 public:
  static constexpr std::size_t kOutputs = 1;

  // Wilder's mean weighs a row by 1/window.
  Strength(Setup<V>& /*setup*/, Window window)
      : up_(Ewm<V>::wilder(window)), down_(Ewm<V>::wilder(window)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V change = bar.close - before_.push(bar.close);
    const V up = up_.push(change > 0.0 ? change : V{});
    const V down = down_.push(change < 0.0 ? -change : V{});
    out[0] = down == 0.0 ? splat<V>(100.0) : 100.0 - 100.0 / (1.0 + up / down);
  }

 private:
  Previous<V> before_;
  Ewm<V> up_, down_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
