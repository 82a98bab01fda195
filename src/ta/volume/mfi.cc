// Money Flow Index (Quong, Soudack 1989): an RSI of typical price times volume.
#include <cmath>

#include "ta/window.h"

namespace signals::ta {

template <class V>
class MoneyFlowIndex {
 public:
  static constexpr std::string_view kName = "mfi";
  static constexpr std::string_view kTitle = "Money Flow Index";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close volume";
  static constexpr Param kParams[] = {{"window", 14, 1, 8192, "rows in the sums"}};
  static constexpr Output kOutputs[] = {
      {"volume_mfi", Unit::none, 13, 50.0,
       "100 - 100/(1 + P/N), P and N the rising and falling money flow TP * V of 14 rows"}};

  MoneyFlowIndex(Params params, Mode mode)
      : window_(static_cast<std::size_t>(params[0])),
        minimum_(min_periods(static_cast<int>(params[0]), mode)),
        flow_(window_, splat<V>(kNaN)),
        rising_(window_),
        falling_(window_) {}

  void step(const BarOf<V>& bar, V* out) {
    const V typical = (bar.high + bar.low + bar.close) / 3.0;
    const V before = typical_.push(typical);
    const V sign = typical > before ? splat<V>(1.0) : typical < before ? splat<V>(-1.0) : V{};
    flow_[rows_ % window_] = finite_or_nan(typical * bar.volume * sign);
    ++rows_;

    // The window in time order: numpy's sum depends on it.
    const std::size_t size = std::min(rows_, window_);
    V known{};
    for (std::size_t i = 0; i < size; ++i) {
      const V flow = flow_[(rows_ - size + i) % window_];
      known = flow == flow ? known + 1.0 : known;
      rising_[i] = flow >= 0.0 ? flow : V{};
      falling_[i] = flow < 0.0 ? flow : V{};
    }
    const V up = pairwise_sum<V>({rising_.data(), size});
    const V down = pairwise_sum<V>({falling_.data(), size});
    const V ratio = up / (down < 0.0 ? -down : V{});
    out[0] = known >= minimum_ ? 100.0 - 100.0 / (1.0 + ratio) : splat<V>(kNaN);
  }

 private:
  std::size_t window_;
  double minimum_;
  std::vector<V> flow_;  // a ring: row r at r % window
  std::vector<V> rising_, falling_;
  std::size_t rows_ = 0;
  Previous<V> typical_;
};

SIGNALS_DESCRIBE(MoneyFlowIndex)

}  // namespace signals::ta
