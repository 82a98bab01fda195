// Accumulation/Distribution Index (Chaikin): volume weighted by where the close lies in the range.
#include "ta/volume/close_location.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class AccDistIndex {
 public:
  static constexpr std::string_view kName = "adi";
  static constexpr std::string_view kTitle = "Accumulation/Distribution Index";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::cumulative;
  static constexpr std::string_view kInputs = "high low close volume";
  static constexpr std::array<Param, 0> kParams = {};
  static constexpr Output kOutputs[] = {
      {"volume_adi", Unit::volume, 0, 0, 0.0, "cumsum(clv * V), clv = ((C-L)-(H-C)) / (H-L)"}};

  explicit AccDistIndex(Setup<V>& /*setup*/) {}

  void step(const BarOf<V>& bar, V* out) { out[0] = sum_.push(close_location(bar) * bar.volume); }

 private:
  CumulativeSum<V> sum_;
};

SIGNALS_KERNEL(AccDistIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
