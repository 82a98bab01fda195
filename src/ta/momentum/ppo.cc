// Percentage Price Oscillator: MACD as a share of the slow mean.
#include "ta/momentum/percentage_oscillator.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class PercentagePriceOscillator {
 public:
  static constexpr std::string_view kName = "ppo";
  static constexpr std::string_view kTitle = "Percentage Price Oscillator";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"slow", 26, 1, 8192, "span of the slow mean"},
                                      {"fast", 12, 1, 8192, "span of the fast mean"},
                                      {"sign", 9, 1, 8192, "span of the signal"}};
  static constexpr Output kOutputs[] = {
      {"momentum_ppo", Unit::none, 25, 320, 0.0, "(EMA12(C) - EMA26(C)) / EMA26(C) * 100"},
      {"momentum_ppo_signal", Unit::none, 33, 320, 0.0, "EMA9(ppo)"},
      {"momentum_ppo_hist", Unit::none, 33, 340, 0.0, "ppo - signal"}};

  explicit PercentagePriceOscillator(Setup<V>& setup)
      : slow_(setup.template share<SmoothClose>(setup.window(0))),
        fast_(setup.template share<SmoothClose>(setup.window(1))),
        oscillator_(setup.window(2)) {}

  void step(const BarOf<V>& bar, V* out) { oscillator_.push(fast_.at(bar), slow_.at(bar), out); }

 private:
  Shared<V> slow_, fast_;
  PercentageOscillator<V> oscillator_;
};

SIGNALS_KERNEL(PercentagePriceOscillator)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
