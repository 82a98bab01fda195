// Average True Range (Wilder 1978).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
  static constexpr std::string_view kCausal =
      "rows before the window is full are null; `ta` has 0 there";
  static constexpr Output kOutputs[] = {
      {"volatility_atr", Unit::price_difference, 0, 200, 0.0,
       "0 before row 9, mean(TR[0..9]) there, then (y[-1]*9 + TR) / 10"}};

  explicit AverageTrueRange(Setup<V>& setup)
      : rows_(setup.rows(0)),
        range_(setup.template share<Range>()),
        first_(setup.take(setup.rows(0), 0)) {
    // `ta` raises on frames shorter than the window.
    const bool causal = setup.mode == Mode::causal;
    warm_up_ =
        setup.each([&](const Inputs& in) { return causal || in.rows() < rows_ ? kNaN : 0.0; });
  }

  void step(const BarOf<V>& bar, V* out) {
    const V range = range_.at(bar);
    const std::size_t row = row_++;
    const auto window = static_cast<double>(rows_);
    if (row < rows_) {
      first_[row] = is_finite(range) ? range : V{};
      known_ = is_finite(range) ? known_ + 1.0 : known_;
    }
    if (row + 1 < rows_) {
      out[0] = warm_up_;
      return;
    }
    average_ = row + 1 == rows_ ? pairwise_sum(first_, rows_) / known_
                                : (average_ * (window - 1.0) + range) / window;
    out[0] = average_;
  }

 private:
  std::size_t rows_;
  Shared<V> range_;
  V* first_;
  V known_{};
  V warm_up_{};
  std::size_t row_ = 0;
  V average_{};
};

SIGNALS_KERNEL(AverageTrueRange)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
