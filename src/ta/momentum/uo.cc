// Ultimate Oscillator (Williams 1976).
#include "ta/window.h"

namespace signals::ta {

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
      {"momentum_uo", Unit::none, 28, 50.0,
       "100*(4*A7 + 2*A14 + A28)/7, An = SUMn(C - min(L, C[-1])) / SUMn(TR)"}};

  UltimateOscillator(Params params, Mode mode)
      : weights_{params[3], params[4], params[5]},
        parts_{Part(params[0], mode), Part(params[1], mode), Part(params[2], mode)} {}

  void step(const BarOf<V>& bar, V* out) {
    const V before = before_.push(bar.close);
    const V low = bar.low + before == bar.low + before ? (bar.low < before ? bar.low : before)
                                                       : splat<V>(kNaN);
    const V pressure = bar.close - low;
    const V range = range_.push(bar);
    const V first = weights_[0] * parts_[0].push(pressure, range);
    const V second = weights_[1] * parts_[1].push(pressure, range);
    const V third = weights_[2] * parts_[2].push(pressure, range);
    out[0] = 100.0 * (first + second + third) / (weights_[0] + weights_[1] + weights_[2]);
  }

 private:
  // Buying pressure over true range, both summed over one window.
  struct Part {
    Part(double window, Mode mode)
        : pressure(static_cast<int>(window), min_periods(static_cast<int>(window), mode)),
          range(pressure) {}
    V push(V a, V b) {
      pressure.push(a);
      range.push(b);
      return pressure.sum() / range.sum();
    }
    Rolling<V> pressure, range;
  };

  std::array<double, 3> weights_;
  Previous<V> before_;
  TrueRange<V> range_;
  std::array<Part, 3> parts_;
};

SIGNALS_DESCRIBE(UltimateOscillator)

}  // namespace signals::ta
