// Ulcer Index (Martin 1987): the root mean square of the drawdown.
#include <cmath>

#include "ta/window.h"

namespace signals::ta {

template <class V>
class UlcerIndex {
 public:
  static constexpr std::string_view kName = "ui";
  static constexpr std::string_view kTitle = "Ulcer Index";
  static constexpr Category kCategory = Category::volatility;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {
      {"window", 14, 1, 8192, "rows in the maximum and in the mean"}};
  static constexpr Output kOutputs[] = {{"volatility_ui", Unit::none, 13, 0.0,
                                         "sqrt(SUM14(R*R/14)), R = 100*(C - MAX14(C)) / MAX14(C)"}};

  UlcerIndex(Params params, Mode /*mode*/)
      : window_(params[0]),
        high_(static_cast<int>(params[0]), 1),
        drawdown_(static_cast<int>(params[0])) {}

  void step(const BarOf<V>& bar, V* out) {
    high_.push(bar.close);
    const V high = high_.max();
    drawdown_.push(100.0 * (bar.close - high) / high);
    const auto values = drawdown_.ordered();
    squares_.clear();
    for (const V& value : values) squares_.push_back(value * value / window_);
    const V root = std::sqrt(pairwise_sum<V>(squares_));
    out[0] = known<V>(values) >= window_ ? root : splat<V>(kNaN);
  }

 private:
  double window_;
  Extremes<V> high_;
  Window<V> drawdown_;
  std::vector<V> squares_;
};

SIGNALS_DESCRIBE(UlcerIndex)

}  // namespace signals::ta
