// Bollinger Bands (1983): a mean with bands two deviations away.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class BollingerBands {
 public:
  static constexpr std::string_view kName = "bb";
  static constexpr std::string_view kTitle = "Bollinger Bands";
  static constexpr Category kCategory = Category::volatility;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {
      {"window", 20, 2, 8192, "rows in the mean"},
      {"dev", 2, 0.1, 10, "deviations between the mean and a band"}};
  static constexpr Output kOutputs[] = {
      {"volatility_bbm", Unit::price, 19, 20, kFillBackward, "SMA20(C)"},
      {"volatility_bbh", Unit::price, 19, 20, kFillBackward, "bbm + 2*sd, sd over 20 rows, ddof 0"},
      {"volatility_bbl", Unit::price, 19, 20, kFillBackward, "bbm - 2*sd"},
      {"volatility_bbw", Unit::none, 19, 20, 0.0, "(bbh - bbl) / bbm * 100"},
      {"volatility_bbp", Unit::none, 19, 20, 0.0, "(C - bbl) / (bbh - bbl)"},
      {"volatility_bbhi", Unit::none, 0, 20, 0.0, "C > bbh", false, true},
      {"volatility_bbli", Unit::none, 0, 20, 0.0, "C < bbl", false, true}};

  explicit BollingerBands(Setup<V>& setup)
      : dev_(setup[1]),
        mean_(setup.template share<MeanClose>(setup.window(0))),
        variance_(setup, setup.window(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V mid = mean_.at(bar);
    // A variance that rounding made negative counts as none.
    const V variance = variance_.push(bar.close);
    const V width = dev_ * square_root(variance < 0.0 ? V{} : variance);
    const V high = mid + width;
    const V low = mid - width;
    out[0] = mid;
    out[1] = high;
    out[2] = low;
    out[3] = (high - low) / mid * 100.0;
    out[4] = high != low ? (bar.close - low) / (high - low) : splat<V>(kNaN);
    out[5] = bar.close > high ? splat<V>(1.0) : V{};
    out[6] = bar.close < low ? splat<V>(1.0) : V{};
  }

 private:
  double dev_;
  Shared<V> mean_;
  Variance<V> variance_;
};

SIGNALS_KERNEL(BollingerBands)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
