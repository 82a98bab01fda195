// Money Flow Index (Quong, Soudack 1989): an RSI of typical price times volume.
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
      : minimum_(min_periods(static_cast<int>(params[0]), mode)),
        flow_(static_cast<int>(params[0])) {}

  void step(const BarOf<V>& bar, V* out) {
    const V typical = (bar.high + bar.low + bar.close) / 3.0;
    const V before = typical_.push(typical);
    const V sign = typical > before ? splat<V>(1.0) : typical < before ? splat<V>(-1.0) : V{};
    flow_.push(typical * bar.volume * sign);

    const auto flows = flow_.ordered();
    rising_.clear();
    falling_.clear();
    for (const V& flow : flows) {
      rising_.push_back(flow >= 0.0 ? flow : V{});
      falling_.push_back(flow < 0.0 ? flow : V{});
    }
    const V ratio = pairwise_sum<V>(rising_) / absolute(pairwise_sum<V>(falling_));
    out[0] = known<V>(flows) >= minimum_ ? 100.0 - 100.0 / (1.0 + ratio) : splat<V>(kNaN);
  }

 private:
  double minimum_;
  Previous<V> typical_;
  Window<V> flow_;
  std::vector<V> rising_, falling_;
};

SIGNALS_DESCRIBE(MoneyFlowIndex)

}  // namespace signals::ta
