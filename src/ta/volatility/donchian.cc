// Donchian Channel: the highest high and the lowest low of a window.
#include "ta/window.h"

namespace signals::ta {

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
      {"volatility_dcl", Unit::price, 19, kFillBackward, "MIN20(L)"},
      {"volatility_dch", Unit::price, 19, kFillBackward, "MAX20(H)"},
      {"volatility_dcm", Unit::price, 19, kFillBackward, "(dch - dcl) / 2 + dcl"},
      {"volatility_dcw", Unit::none, 19, 0.0, "(dch - dcl) / SMA20(C) * 100"},
      {"volatility_dcp", Unit::none, 19, 0.0, "(C - dcl) / (dch - dcl)"}};

  DonchianChannel(Params params, Mode mode)
      : high_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode, 1)),
        low_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode, 1)),
        mean_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode, 1)) {}

  void step(const BarOf<V>& bar, V* out) {
    high_.push(bar.high);
    low_.push(bar.low);
    mean_.push(bar.close);
    const V high = high_.max();
    const V low = low_.min();
    out[0] = low;
    out[1] = high;
    out[2] = (high - low) / 2.0 + low;
    out[3] = (high - low) / mean_.mean() * 100.0;
    out[4] = (bar.close - low) / (high - low);
  }

 private:
  Extremes<V> high_, low_;
  Rolling<V> mean_;
};

SIGNALS_DESCRIBE(DonchianChannel)

}  // namespace signals::ta
