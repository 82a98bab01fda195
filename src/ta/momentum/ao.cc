// Awesome Oscillator (Williams).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class AwesomeOscillator {
 public:
  static constexpr std::string_view kName = "ao";
  static constexpr std::string_view kTitle = "Awesome Oscillator";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low";
  static constexpr Param kParams[] = {{"fast", 5, 1, 8192, "rows of the fast mean"},
                                      {"slow", 34, 1, 8192, "rows of the slow mean"}};
  static constexpr Output kOutputs[] = {
      {"momentum_ao", Unit::price_difference, 33, 34, 0.0, "SMA5(m) - SMA34(m), m = (H+L)/2"}};

  explicit AwesomeOscillator(Setup<V>& setup)
      : fast_(setup, setup.window(0)), slow_(setup, setup.window(1)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V middle = 0.5 * (bar.high + bar.low);
    out[0] = fast_.push(middle) - slow_.push(middle);
  }

 private:
  RollingMean<V> fast_, slow_;
};

SIGNALS_KERNEL(AwesomeOscillator)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
