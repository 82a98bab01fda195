// Negative Volume Index (Dysart 1936): follows returns on days of falling volume; starts at 1000.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class NegativeVolumeIndex {
 public:
  static constexpr std::string_view kName = "nvi";
  static constexpr std::string_view kTitle = "Negative Volume Index";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::cumulative;
  static constexpr std::string_view kInputs = "close volume";
  static constexpr std::array<Param, 0> kParams = {};
  static constexpr Output kOutputs[] = {
      {"volume_nvi", Unit::first_bar, 0, 0, 1000.0,
       "V[-1] > V ? y[-1] * (1 + C/C[-1] - 1) : y[-1], y[0] = 1000"}};

  explicit NegativeVolumeIndex(Setup<V>& /*setup*/) {}

  void step(const BarOf<V>& bar, V* out) {
    const V change = change_.push(bar.close);
    const V before = volume_.push(bar.volume);
    index_ = before > bar.volume ? index_ * (1.0 + change) : index_;
    out[0] = index_;
  }

 private:
  PctChange<V> change_;
  Previous<V> volume_;
  V index_ = splat<V>(1000.0);
};

SIGNALS_KERNEL(NegativeVolumeIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
