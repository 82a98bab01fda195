// Ultimate Oscillator (Williams 1976).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class UltimateOscillator {
 public:
  static constexpr std::string_view kName = "uo";
  static constexpr std::string_view kTitle = "Ultimate Oscillator";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {{"window1", 7, 1, 8192, "rows of the short sums"},
                                      {"window2", 14, 1, 8192, "rows of the middle sums"},
                                      {"window3", 28, 1, 8192, "rows of the long sums"},
                                      {"weight1", 4, 0, 1000, "weight of the short part"},
                                      {"weight2", 2, 0, 1000, "weight of the middle part"},
                                      {"weight3", 1, 0, 1000, "weight of the long part"}};
  static constexpr Output kOutputs[] = {
      {"momentum_uo", Unit::none, 28, 29, 50.0,
       "100*(4*A7 + 2*A14 + A28)/7, An = SUMn(C - min(L, C[-1])) / SUMn(TR)"}};

  explicit UltimateOscillator(Setup<V>& setup)
      : range_(setup.template share<Range>()),
        weights_{setup[3], setup[4], setup[5]},
        short_(setup, setup.window(0)),
        middle_(setup, setup.window(1)),
        long_(setup, setup.window(2)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V before = before_.push(bar.close);
    const V lower = bar.low < before ? bar.low : before;
    const V pressure = bar.close - (is_known(bar.low + before) ? lower : splat<V>(kNaN));
    const V range = range_.at(bar);
    const V first = weights_[0] * short_.push(pressure, range);
    const V second = weights_[1] * middle_.push(pressure, range);
    const V third = weights_[2] * long_.push(pressure, range);
    out[0] = 100.0 * (first + second + third) / (weights_[0] + weights_[1] + weights_[2]);
  }

 private:
  // Buying pressure over true range, both summed over one window.
  struct Part {
    Part(Setup<V>& setup, Window window) : pressure(setup, window), range(setup, window) {}
    V push(V a, V b) {
      pressure.push(a);
      range.push(b);
      return pressure.sum() / range.sum();
    }
    Rolling<V> pressure, range;
  };

  Shared<V> range_;
  double weights_[3];
  Previous<V> before_;
  Part short_, middle_, long_;
};

SIGNALS_KERNEL(UltimateOscillator)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
