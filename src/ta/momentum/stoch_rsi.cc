// Stochastic RSI (Chande, Kroll 1994).
#include "ta/momentum/strength.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class StochasticRsi {
 public:
  static constexpr std::string_view kName = "stoch_rsi";
  static constexpr std::string_view kTitle = "Stochastic RSI";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {
      {"window", 14, 1, 8192, "rows of the RSI and of its extremes"},
      {"smooth1", 3, 1, 8192, "rows of %K"},
      {"smooth2", 3, 1, 8192, "rows of %D"}};
  static constexpr Output kOutputs[] = {
      {"momentum_stoch_rsi", Unit::none, 26, 320, 0.0,
       "(rsi - MIN14(rsi)) / (MAX14(rsi) - MIN14(rsi))"},
      {"momentum_stoch_rsi_k", Unit::none, 28, 320, 0.0, "SMA3(stoch_rsi)"},
      {"momentum_stoch_rsi_d", Unit::none, 30, 320, 0.0, "SMA3(k)"}};

  explicit StochasticRsi(Setup<V>& setup)
      : fills_(setup.mode == Mode::fillna),
        strength_(setup.template share<Strength>(setup.window(0))),
        high_(setup, setup.full(0)),
        low_(setup, setup.full(0)),
        k_(setup, setup.full(1)),
        d_(setup, setup.full(2)) {}

  void step(const BarOf<V>& bar, V* out) {
    V rsi = strength_.at(bar);
    if (fills_) rsi = last_ = is_finite(rsi) ? rsi : last_;  // `ta` goes on from the filled column
    const V high = high_.push(rsi);
    const V low = low_.push(rsi);
    out[0] = (rsi - low) / (high - low);
    out[1] = k_.push(out[0]);
    out[2] = d_.push(out[1]);
  }

 private:
  bool fills_;
  Shared<V> strength_;
  V last_ = splat<V>(50.0);
  Max<V> high_;
  Min<V> low_;
  RollingMean<V> k_, d_;
};

SIGNALS_KERNEL(StochasticRsi)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
