// Awesome Oscillator (Williams).
#include "ta/window.h"

namespace signals::ta {

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
      {"momentum_ao", Unit::price_difference, 33, 0.0, "SMA5(m) - SMA34(m), m = (H+L)/2"}};

  AwesomeOscillator(Params params, Mode mode)
      : fast_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)),
        slow_(static_cast<int>(params[1]), min_periods(static_cast<int>(params[1]), mode)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V middle = 0.5 * (bar.high + bar.low);
    fast_.push(middle);
    slow_.push(middle);
    out[0] = fast_.mean() - slow_.mean();
  }

 private:
  Rolling<V> fast_, slow_;
};

SIGNALS_DESCRIBE(AwesomeOscillator)

}  // namespace signals::ta
