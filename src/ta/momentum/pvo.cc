// Percentage Volume Oscillator: MACD as a share of the slow mean.
#include "ta/momentum/percentage_oscillator.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class PercentageVolumeOscillator {
 public:
  static constexpr std::string_view kName = "pvo";
  static constexpr std::string_view kTitle = "Percentage Volume Oscillator";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "volume";
  static constexpr Param kParams[] = {{"slow", 26, 1, 8192, "span of the slow mean"},
                                      {"fast", 12, 1, 8192, "span of the fast mean"},
                                      {"sign", 9, 1, 8192, "span of the signal"}};
  static constexpr Output kOutputs[] = {
      {"momentum_pvo", Unit::none, 25, 360, 0.0, "(EMA12(V) - EMA26(V)) / EMA26(V) * 100"},
      {"momentum_pvo_signal", Unit::none, 33, 360, 0.0, "EMA9(pvo)"},
      {"momentum_pvo_hist", Unit::none, 33, 360, 0.0, "pvo - signal"}};

  explicit PercentageVolumeOscillator(Setup<V>& setup)
      : slow_(setup.window(0)), fast_(setup.window(1)), oscillator_(setup.window(2)) {}

  void step(const BarOf<V>& bar, V* out) {
    oscillator_.push(fast_.push(bar.volume), slow_.push(bar.volume), out);
  }

 private:
  Ewm<V> slow_, fast_;
  PercentageOscillator<V> oscillator_;
};

SIGNALS_KERNEL(PercentageVolumeOscillator)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
