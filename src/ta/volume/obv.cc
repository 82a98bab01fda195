// On-Balance Volume (Granville 1963): volume added on a rise or a standstill, taken off on a fall.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class OnBalanceVolume {
 public:
  static constexpr std::string_view kName = "obv";
  static constexpr std::string_view kTitle = "On-Balance Volume";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::cumulative;
  static constexpr std::string_view kInputs = "close volume";
  static constexpr std::array<Param, 0> kParams = {};
  static constexpr Output kOutputs[] = {
      {"volume_obv", Unit::volume, 0, 0, 0.0, "cumsum(C < C[-1] ? -V : V)"}};

  explicit OnBalanceVolume(Setup<V>& /*setup*/) {}

  void step(const BarOf<V>& bar, V* out) {
    const V before = close_.push(bar.close);
    out[0] = sum_.push(bar.close < before ? -bar.volume : bar.volume);
  }

 private:
  Previous<V> close_;
  CumulativeSum<V> sum_;
};

SIGNALS_KERNEL(OnBalanceVolume)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
