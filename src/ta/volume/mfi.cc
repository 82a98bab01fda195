// Money Flow Index (Quong, Soudack 1989): an RSI of typical price times volume.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
      {"volume_mfi", Unit::none, 13, 15, 50.0,
       "100 - 100/(1 + P/N), P and N the rising and falling money flow TP * V of 14 rows"}};

  explicit MoneyFlowIndex(Setup<V>& setup)
      : typical_(setup.template share<TypicalPrice>()),
        enough_(setup.window(0)),
        rising_(setup, setup.rows(0)),
        falling_(setup, setup.rows(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V typical = typical_.at(bar);
    const V before = before_.push(typical);
    const V falls = typical < before ? splat<V>(-1.0) : V{};
    const V sign = typical > before ? splat<V>(1.0) : falls;
    const V flow = finite_or_nan(typical * bar.volume * sign);
    rising_.push(flow >= 0.0 ? flow : V{});
    falling_.push(flow < 0.0 ? flow : V{});
    const V ratio = pairwise_sum(rising_.begin(), rising_.size()) /
                    absolute(pairwise_sum(falling_.begin(), falling_.size()));
    out[0] = enough_.push(flow) ? 100.0 - 100.0 / (1.0 + ratio) : splat<V>(kNaN);
  }

 private:
  Shared<V> typical_;
  Enough<V> enough_;
  Previous<V> before_;
  Recent<V> rising_, falling_;
};

SIGNALS_KERNEL(MoneyFlowIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
