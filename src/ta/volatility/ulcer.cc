// Ulcer Index (Martin 1987): the root mean square of the drawdown.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
  static constexpr Output kOutputs[] = {{"volatility_ui", Unit::none, 13, 27, 0.0,
                                         "sqrt(SUM14(R*R/14)), R = 100*(C - MAX14(C)) / MAX14(C)"}};

  explicit UlcerIndex(Setup<V>& setup)
      : window_(setup[0]),
        high_(setup, setup.any(0)),
        enough_(setup.full(0)),
        squares_(setup, setup.rows(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V high = high_.push(bar.close);
    const V drawdown = finite_or_nan(100.0 * (bar.close - high) / high);
    squares_.push(drawdown * drawdown / window_);
    const V root = square_root(pairwise_sum(squares_.begin(), squares_.size()));
    out[0] = enough_.push(drawdown) ? root : splat<V>(kNaN);
  }

 private:
  double window_;
  Max<V> high_;
  Enough<V> enough_;
  Recent<V> squares_;
};

SIGNALS_KERNEL(UlcerIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
