// Bollinger Bands (1983): a mean with bands two deviations away.
#include <cmath>

#include "ta/window.h"

namespace signals::ta {

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
      {"volatility_bbm", Unit::price, 19, kFillBackward, "SMA20(C)"},
      {"volatility_bbh", Unit::price, 19, kFillBackward, "bbm + 2*sd, sd over 20 rows, ddof 0"},
      {"volatility_bbl", Unit::price, 19, kFillBackward, "bbm - 2*sd"},
      {"volatility_bbw", Unit::none, 19, 0.0, "(bbh - bbl) / bbm * 100"},
      {"volatility_bbp", Unit::none, 19, 0.0, "(C - bbl) / (bbh - bbl)"},
      {"volatility_bbhi", Unit::none, 0, 0.0, "C > bbh"},
      {"volatility_bbli", Unit::none, 0, 0.0, "C < bbl"}};

  BollingerBands(Params params, Mode mode)
      : dev_(params[1]),
        mean_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)),
        variance_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)) {}

  void step(const BarOf<V>& bar, V* out) {
    mean_.push(bar.close);
    const V mid = mean_.mean();
    const V width = dev_ * root(variance_.push(bar.close));
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
  // A variance that rounding made negative counts as none.
  static double root(double variance) { return std::sqrt(variance < 0 ? 0 : variance); }

  double dev_;
  Rolling<V> mean_;
  Variance<V> variance_;
};

SIGNALS_DESCRIBE(BollingerBands)

}  // namespace signals::ta
