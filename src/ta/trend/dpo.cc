// Detrended Price Oscillator.
#include "ta/history.h"
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
      {"trend_dpo", Unit::price_difference, 19, 20, 0.0, "C[-11] - SMA20(C)"}};

  explicit DetrendedPriceOscillator(Setup<V>& setup)
      : before_(setup, setup.rows(0) / 2 + 1,
                setup.mode == Mode::fillna ? mean_close(setup) : splat<V>(kNaN)),
        mean_(setup.template share<MeanClose>(setup.window(0))) {}

  void step(const BarOf<V>& bar, V* out) { out[0] = before_.push(bar.close) - mean_.at(bar); }

 private:
  Delay<V> before_;
  Shared<V> mean_;
};

SIGNALS_KERNEL(DetrendedPriceOscillator)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
