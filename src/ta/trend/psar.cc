// Parabolic Stop and Reverse (Wilder 1978), by position in the series.
#include "ta/window.h"

namespace signals::ta {

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
      {"trend_psar_up", Unit::price, -1, kFillBackward,
       "the stop below a rising price, null while it falls", true},
      {"trend_psar_down", Unit::price, -1, kFillBackward,
       "the stop above a falling price, null while it rises", true},
      {"trend_psar_up_indicator", Unit::none, 0, kFillNone, "1 on the first row of a rise"},
      {"trend_psar_down_indicator", Unit::none, 0, kFillNone, "1 on the first row of a fall"}};

  ParabolicSar(Params params, Mode /*mode*/)
      : step_(params[0]), max_step_(params[1]), speed_(params[0]) {}

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
      const bool turned = rising_ ? follow_rise(bar) : follow_fall(bar);
      if (turned) rising_ = !rising_;
      out[rising_ ? 0 : 1] = stop_;
    }
    out[2] = out[0] == out[0] && !(last_up_ == last_up_) && out[0] != 0.0 ? splat<V>(1.0) : V{};
    out[3] = out[1] == out[1] && !(last_down_ == last_down_) ? splat<V>(1.0) : V{};
    last_up_ = out[0];
    last_down_ = out[1];
    highs_ = {bar.high, highs_[0]};
    lows_ = {bar.low, lows_[0]};
    ++row_;
  }

 private:
  // Moves the stop by one row; true if the price broke it.
  bool follow_rise(const BarOf<V>& bar) {
    stop_ = stop_ + speed_ * (highest_ - stop_);
    if (bar.low < stop_) {
      stop_ = highest_;
      lowest_ = bar.low;
      speed_ = step_;
      return true;
    }
    if (bar.high > highest_) {
      highest_ = bar.high;
      speed_ = std::min(speed_ + step_, max_step_);
    }
    if (lows_[1] < stop_) {
      stop_ = lows_[1];
    } else if (lows_[0] < stop_) {
      stop_ = lows_[0];
    }
    return false;
  }

  bool follow_fall(const BarOf<V>& bar) {
    stop_ = stop_ - speed_ * (stop_ - lowest_);
    if (bar.high > stop_) {
      stop_ = lowest_;
      highest_ = bar.high;
      speed_ = step_;
      return true;
    }
    if (bar.low < lowest_) {
      lowest_ = bar.low;
      speed_ = std::min(speed_ + step_, max_step_);
    }
    if (highs_[1] > stop_) {
      stop_ = highs_[1];
    } else if (highs_[0] > stop_) {
      stop_ = highs_[0];
    }
    return false;
  }

  double step_, max_step_;
  V speed_;
  V stop_{}, highest_{}, lowest_{};
  std::array<V, 2> highs_{}, lows_{};  // one and two rows before
  V last_up_ = splat<V>(kNaN), last_down_ = splat<V>(kNaN);
  bool rising_ = true;
  int row_ = 0;
};

SIGNALS_DESCRIBE(ParabolicSar)

}  // namespace signals::ta
