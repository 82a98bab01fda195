// Parabolic Stop and Reverse (Wilder 1978), by position in the series.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class ParabolicSar {
 public:
  static constexpr std::string_view kName = "psar";
  static constexpr std::string_view kTitle = "Parabolic Stop and Reverse";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::cumulative;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {{"step", 0.02, 0.0001, 1, "first acceleration, and its step"},
                                      {"max_step", 0.2, 0.0001, 1, "greatest acceleration"}};
  static constexpr Output kOutputs[] = {
      {"trend_psar_up", Unit::price, -1, 0, kFillBackward,
       "the stop below a rising price, null while it falls", true},
      {"trend_psar_down", Unit::price, -1, 0, kFillBackward,
       "the stop above a falling price, null while it rises", true},
      {"trend_psar_up_indicator", Unit::none, 0, 0, kFillNone, "1 on the first row of a rise",
       false, true},
      {"trend_psar_down_indicator", Unit::none, 0, 0, kFillNone, "1 on the first row of a fall",
       false, true}};

  explicit ParabolicSar(Setup<V>& setup)
      : step_(setup[0]), max_step_(setup[1]), speed_(splat<V>(setup[0])) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = out[1] = splat<V>(kNaN);
    out[2] = out[3] = V{};
    if (row_ == 0) {
      highest_ = bar.high;
      lowest_ = bar.low;
    }
    if (row_ < 2) {
      stop_ = bar.close;
    } else {
      follow(bar);
      out[0] = rising_ != 0.0 ? stop_ : splat<V>(kNaN);
      out[1] = rising_ != 0.0 ? splat<V>(kNaN) : stop_;
    }
    const MaskOf<V> starts_up = both(both(is_known(out[0]), last_up_ != last_up_), out[0] != 0.0);
    const MaskOf<V> starts_down = both(is_known(out[1]), last_down_ != last_down_);
    out[2] = starts_up ? splat<V>(1.0) : V{};
    out[3] = starts_down ? splat<V>(1.0) : V{};
    last_up_ = out[0];
    last_down_ = out[1];
    high2_ = high1_;
    high1_ = bar.high;
    low2_ = low1_;
    low1_ = bar.low;
    ++row_;
  }

 private:
  // Moves the stop by one row, in both directions at once; then takes the one of the trend.
  void follow(const BarOf<V>& bar) {
    const MaskOf<V> rising = rising_ != 0.0;
    const V rise = stop_ + speed_ * (highest_ - stop_);
    const V fall = stop_ - speed_ * (stop_ - lowest_);
    const MaskOf<V> turns = rising ? MaskOf<V>(bar.low < rise) : MaskOf<V>(bar.high > fall);

    // The stop stays outside the last two bars.
    const V held_rise = low2_ < rise ? low2_ : (low1_ < rise ? low1_ : rise);
    const V held_fall = high2_ > fall ? high2_ : (high1_ > fall ? high1_ : fall);
    const V held = rising ? held_rise : held_fall;
    const V turned = rising ? highest_ : lowest_;
    stop_ = turns ? turned : held;

    const MaskOf<V> higher = bar.high > highest_;
    const MaskOf<V> lower = bar.low < lowest_;
    const MaskOf<V> extends = rising ? higher : lower;
    const V faster = speed_ + step_;
    const V capped = max_step_ < faster ? splat<V>(max_step_) : faster;
    speed_ = turns ? splat<V>(step_) : (extends ? capped : speed_);
    const V high = rising ? (higher ? bar.high : highest_) : highest_;
    const V low = rising ? lowest_ : (lower ? bar.low : lowest_);
    highest_ = turns ? (rising ? highest_ : bar.high) : high;
    lowest_ = turns ? (rising ? bar.low : lowest_) : low;
    rising_ = turns ? 1.0 - rising_ : rising_;
  }

  double step_, max_step_;
  V speed_;
  V stop_{}, highest_{}, lowest_{};
  V high1_{}, high2_{}, low1_{}, low2_{};  // one and two rows before
  V last_up_ = splat<V>(kNaN), last_down_ = splat<V>(kNaN);
  V rising_ = splat<V>(1.0);
  int row_ = 0;
};

SIGNALS_KERNEL(ParabolicSar)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
