// Stochastic Oscillator (Lane).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
      {"momentum_stoch", Unit::none, 13, 14, 50.0, "100*(C - MIN14(L)) / (MAX14(H) - MIN14(L))"},
      {"momentum_stoch_signal", Unit::none, 15, 16, 50.0, "SMA3(stoch)"}};

  explicit StochasticOscillator(Setup<V>& setup)
      : extremes_(setup.template share<HighLow>(setup.window(0))),
        signal_(setup, setup.window(1)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V high = extremes_.at(bar, 0);
    const V low = extremes_.at(bar, 1);
    out[0] = 100.0 * (bar.close - low) / (high - low);
    out[1] = signal_.push(out[0]);
  }

 private:
  Shared<V> extremes_;
  RollingMean<V> signal_;
};

SIGNALS_KERNEL(StochasticOscillator)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
