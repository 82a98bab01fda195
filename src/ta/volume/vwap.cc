// Volume-Weighted Average Price over a window of sessions (not within one).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class VolumeWeightedAveragePrice {
 public:
  static constexpr std::string_view kName = "vwap";
  static constexpr std::string_view kTitle = "Volume-Weighted Average Price";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close volume";
  static constexpr Param kParams[] = {{"window", 14, 1, 8192, "rows in the sums"}};
  static constexpr Output kOutputs[] = {
      {"volume_vwap", Unit::price, 13, 14, 0.0, "SUM14(TP * V) / SUM14(V), TP = (H+L+C)/3"}};

  explicit VolumeWeightedAveragePrice(Setup<V>& setup)
      : typical_(setup.template share<TypicalPrice>()),
        money_(setup, setup.window(0)),
        volume_(setup, setup.window(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    money_.push(typical_.at(bar) * bar.volume);
    volume_.push(bar.volume);
    out[0] = money_.sum() / volume_.sum();
  }

 private:
  Shared<V> typical_;
  Rolling<V> money_, volume_;
};

SIGNALS_KERNEL(VolumeWeightedAveragePrice)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
