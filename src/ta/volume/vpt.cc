// Volume-Price Trend: volume weighted by the day's return, cumulated.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class VolumePriceTrend {
 public:
  static constexpr std::string_view kName = "vpt";
  static constexpr std::string_view kTitle = "Volume-Price Trend";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::cumulative;
  static constexpr std::string_view kInputs = "close volume";
  static constexpr std::array<Param, 0> kParams = {};
  static constexpr Output kOutputs[] = {
      {"volume_vpt", Unit::volume, 1, 0, 0.0, "cumsum((C/C[-1] - 1) * V), gaps in C padded"}};

  explicit VolumePriceTrend(Setup<V>& /*setup*/) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = sum_.push(change_.push(bar.close) * bar.volume);
  }

 private:
  PctChange<V> change_;
  CumulativeSum<V> sum_;
};

SIGNALS_KERNEL(VolumePriceTrend)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
