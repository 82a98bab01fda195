// Average True Range (Wilder 1978).
#include "ta/window.h"

namespace signals::ta {

template <class V>
class AverageTrueRange {
 public:
  static constexpr std::string_view kName = "atr";
  static constexpr std::string_view kTitle = "Average True Range";
  static constexpr Category kCategory = Category::volatility;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {
      {"window", 10, 1, 8192, "rows in the first mean, and its weight later"}};
  static constexpr Output kOutputs[] = {
      {"volatility_atr", Unit::price_difference, 0, 0.0,
       "0 before row 9, mean(TR[0..9]) there, then (y[-1]*9 + TR) / 10"}};

  AverageTrueRange(Params params, Mode mode, const Inputs& whole)
      : window_(params[0]),
        first_(static_cast<int>(params[0])),
        warm_up_(mode == Mode::causal ? kNaN : 0.0),
        too_short_(mode != Mode::causal && static_cast<double>(whole.rows()) < params[0]) {}

  void step(const BarOf<V>& bar, V* out) {
    const V range = range_.push(bar);
    const double row = rows_++;
    if (row < window_) first_.push(range);
    if (row < window_ - 1.0 || too_short_) {
      out[0] = splat<V>(too_short_ ? kNaN : warm_up_);
      return;
    }
    average_ = row == window_ - 1.0 ? mean_known(first_.ordered())
                                    : (average_ * (window_ - 1.0) + range) / window_;
    out[0] = average_;
  }

 private:
  double window_;
  TrueRange<V> range_;
  Window<V> first_;
  double warm_up_;
  bool too_short_;  // `ta` raises on such frames
  double rows_ = 0;
  V average_{};
};

SIGNALS_DESCRIBE(AverageTrueRange)

}  // namespace signals::ta
