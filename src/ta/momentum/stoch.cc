// Stochastic Oscillator (Lane).
#include "ta/window.h"

namespace signals::ta {

template <class V>
class StochasticOscillator {
 public:
  static constexpr std::string_view kName = "stoch";
  static constexpr std::string_view kTitle = "Stochastic Oscillator";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {{"window", 14, 1, 8192, "rows of the extremes"},
                                      {"smooth", 3, 1, 8192, "rows of the signal"}};
  static constexpr Output kOutputs[] = {
      {"momentum_stoch", Unit::none, 13, 50.0, "100*(C - MIN14(L)) / (MAX14(H) - MIN14(L))"},
      {"momentum_stoch_signal", Unit::none, 15, 50.0, "SMA3(stoch)"}};

  StochasticOscillator(Params params, Mode mode)
      : high_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)),
        low_(high_),
        signal_(static_cast<int>(params[1]), min_periods(static_cast<int>(params[1]), mode)) {}

  void step(const BarOf<V>& bar, V* out) {
    high_.push(bar.high);
    low_.push(bar.low);
    out[0] = 100.0 * (bar.close - low_.min()) / (high_.max() - low_.min());
    signal_.push(out[0]);
    out[1] = signal_.mean();
  }

 private:
  Extremes<V> high_, low_;
  Rolling<V> signal_;
};

SIGNALS_DESCRIBE(StochasticOscillator)

}  // namespace signals::ta
