// Donchian Channel: the highest high and the lowest low of a window.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class DonchianChannel {
 public:
  static constexpr std::string_view kName = "dc";
  static constexpr std::string_view kTitle = "Donchian Channel";
  static constexpr Category kCategory = Category::volatility;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {{"window", 20, 1, 8192, "rows in the extremes"}};
  static constexpr Output kOutputs[] = {
      {"volatility_dcl", Unit::price, 19, 20, kFillBackward, "MIN20(L)"},
      {"volatility_dch", Unit::price, 19, 20, kFillBackward, "MAX20(H)"},
      {"volatility_dcm", Unit::price, 19, 20, kFillBackward, "(dch - dcl) / 2 + dcl"},
      {"volatility_dcw", Unit::none, 19, 20, 0.0, "(dch - dcl) / SMA20(C) * 100"},
      {"volatility_dcp", Unit::none, 19, 20, 0.0, "(C - dcl) / (dch - dcl)"}};

  explicit DonchianChannel(Setup<V>& setup)
      : extremes_(setup.template share<HighLow>(setup.window(0, 1))),
        mean_(setup.template share<MeanClose>(setup.window(0, 1))) {}

  void step(const BarOf<V>& bar, V* out) {
    const V high = extremes_.at(bar, 0);
    const V low = extremes_.at(bar, 1);
    out[0] = low;
    out[1] = high;
    out[2] = (high - low) / 2.0 + low;
    out[3] = (high - low) / mean_.at(bar) * 100.0;
    out[4] = (bar.close - low) / (high - low);
  }

 private:
  Shared<V> extremes_, mean_;
};

SIGNALS_KERNEL(DonchianChannel)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
