// Ease of Movement (Arms): how far the price moved per unit of volume, and its mean.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class EaseOfMovement {
 public:
  static constexpr std::string_view kName = "em";
  static constexpr std::string_view kTitle = "Ease of Movement";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low volume";
  static constexpr Param kParams[] = {{"window", 14, 1, 8192, "rows in the mean"}};
  static constexpr Output kOutputs[] = {
      {"volume_em", Unit::price_squared_per_volume, 1, 2, 0.0,
       "((H-H[-1]) + (L-L[-1])) * (H-L) / (2V) * 1e8"},
      {"volume_sma_em", Unit::price_squared_per_volume, 14, 15, 0.0, "SMA14(em)"}};

  explicit EaseOfMovement(Setup<V>& setup) : mean_(setup, setup.window(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V moved = (bar.high - high_.push(bar.high)) + (bar.low - low_.push(bar.low));
    out[0] = moved * (bar.high - bar.low) / (2.0 * bar.volume) * 100000000.0;
    out[1] = mean_.push(out[0]);
  }

 private:
  Previous<V> high_, low_;
  RollingMean<V> mean_;
};

SIGNALS_KERNEL(EaseOfMovement)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
