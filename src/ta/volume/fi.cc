// Force Index (Elder 1993): the day's move times its volume, smoothed.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class ForceIndex {
 public:
  static constexpr std::string_view kName = "fi";
  static constexpr std::string_view kTitle = "Force Index";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close volume";
  static constexpr Param kParams[] = {{"window", 13, 1, 8192, "span of the exponential mean"}};
  static constexpr Output kOutputs[] = {
      {"volume_fi", Unit::money, 13, 160, 0.0, "EMA13((C - C[-1]) * V)"}};

  explicit ForceIndex(Setup<V>& setup) : mean_(setup.window(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V before = close_.push(bar.close);
    out[0] = mean_.push((bar.close - before) * bar.volume);
  }

 private:
  Previous<V> close_;
  Ewm<V> mean_;
};

SIGNALS_KERNEL(ForceIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
