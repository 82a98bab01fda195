// Detrended Price Oscillator.
#include "ta/window.h"

namespace signals::ta {

template <class V>
class DetrendedPriceOscillator {
 public:
  static constexpr std::string_view kName = "dpo";
  static constexpr std::string_view kTitle = "Detrended Price Oscillator";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {
      {"window", 20, 2, 8192, "rows in the mean; the price is half of it and one row back"}};
  static constexpr Output kOutputs[] = {
      {"trend_dpo", Unit::price_difference, 19, 0.0, "C[-11] - SMA20(C)"}};

  DetrendedPriceOscillator(Params params, Mode mode, const Inputs& whole)
      : before_(static_cast<int>(0.5 * params[0]) + 1,
                mode == Mode::fillna ? mean_known(whole.close) : kNaN),
        mean_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)) {}

  void step(const BarOf<V>& bar, V* out) {
    mean_.push(bar.close);
    out[0] = before_.push(bar.close) - mean_.mean();
  }

 private:
  Delay<V> before_;
  Rolling<V> mean_;
};

SIGNALS_DESCRIBE(DetrendedPriceOscillator)

}  // namespace signals::ta
