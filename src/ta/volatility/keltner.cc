// Keltner Channel (1960): means of the typical price and of two prices tilted by the range.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class KeltnerChannel {
 public:
  static constexpr std::string_view kName = "kc";
  static constexpr std::string_view kTitle = "Keltner Channel (original version)";
  static constexpr Category kCategory = Category::volatility;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {{"window", 10, 1, 8192, "rows in the means"}};
  static constexpr Output kOutputs[] = {
      {"volatility_kcc", Unit::price, 9, 10, kFillBackward, "SMA10((H+L+C)/3)"},
      {"volatility_kch", Unit::price, 0, 10, kFillBackward,
       "SMA10((4H-2L+C)/3), short windows too"},
      {"volatility_kcl", Unit::price, 0, 10, kFillBackward,
       "SMA10((-2H+4L+C)/3), short windows too"},
      {"volatility_kcw", Unit::none, 9, 10, 0.0, "(kch - kcl) / kcc * 100"},
      {"volatility_kcp", Unit::none, 0, 10, 0.0, "(C - kcl) / (kch - kcl)"},
      {"volatility_kchi", Unit::none, 0, 10, 0.0, "C > kch", false, true},
      {"volatility_kcli", Unit::none, 0, 10, 0.0, "C < kcl", false, true}};

  explicit KeltnerChannel(Setup<V>& setup)
      : typical_(setup.template share<TypicalPrice>()),
        mid_(setup, setup.window(0, 1)),
        high_(setup, setup.any(0)),
        low_(setup, setup.any(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V mid = mid_.push(typical_.at(bar));
    const V high = high_.push((4.0 * bar.high - 2.0 * bar.low + bar.close) / 3.0);
    const V low = low_.push((-2.0 * bar.high + 4.0 * bar.low + bar.close) / 3.0);
    out[0] = mid;
    out[1] = high;
    out[2] = low;
    out[3] = (high - low) / mid * 100.0;
    out[4] = (bar.close - low) / (high - low);
    out[5] = bar.close > high ? splat<V>(1.0) : V{};
    out[6] = bar.close < low ? splat<V>(1.0) : V{};
  }

 private:
  Shared<V> typical_;
  RollingMean<V> mid_, high_, low_;
};

SIGNALS_KERNEL(KeltnerChannel)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
