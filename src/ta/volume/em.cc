// Ease of Movement (Arms): how far the price moved per unit of volume, and its mean.
#include "ta/window.h"

namespace signals::ta {

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
      {"volume_em", Unit::price_squared_per_volume, 1, 0.0,
       "((H-H[-1]) + (L-L[-1])) * (H-L) / (2V) * 1e8"},
      {"volume_sma_em", Unit::price_squared_per_volume, 14, 0.0, "SMA14(em)"}};

  EaseOfMovement(Params params, Mode mode)
      : mean_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V moved = (bar.high - high_.push(bar.high)) + (bar.low - low_.push(bar.low));
    out[0] = moved * (bar.high - bar.low) / (2.0 * bar.volume) * 100000000.0;
    mean_.push(out[0]);
    out[1] = mean_.mean();
  }

 private:
  Previous<V> high_, low_;
  Rolling<V> mean_;
};

SIGNALS_DESCRIBE(EaseOfMovement)

}  // namespace signals::ta
