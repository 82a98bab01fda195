// Commodity Channel Index (Lambert 1980).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class CommodityChannelIndex {
 public:
  static constexpr std::string_view kName = "cci";
  static constexpr std::string_view kTitle = "Commodity Channel Index";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {{"window", 20, 1, 8192, "rows in the mean and the deviation"},
                                      {"constant", 0.015, 0.0001, 1, "scale of the deviation"}};
  static constexpr Output kOutputs[] = {
      {"trend_cci", Unit::none, 19, 20, 0.0,
       "(TP - SMA20(TP)) / (0.015 * mean |TP - mean TP|), TP = (H+L+C)/3"}};

  explicit CommodityChannelIndex(Setup<V>& setup)
      : typical_(setup.template share<TypicalPrice>()),
        constant_(setup[1]),
        enough_(setup.window(0)),
        mean_(setup, setup.window(0)),
        recent_(setup, setup.rows(0)),
        distances_(setup.take(setup.rows(0), 0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V typical = typical_.at(bar);
    const V smooth = mean_.push(typical);
    const V x = finite_or_nan(typical);
    recent_.push(x);
    const std::size_t n = recent_.size();
    const V* const values = recent_.begin();
    const auto size = static_cast<double>(n);
    const V mean = pairwise_sum(values, n) / size;
    for (std::size_t i = 0; i < n; ++i) distances_[i] = absolute(values[i] - mean);
    const V deviation = pairwise_sum(distances_, n) / size;
    out[0] = enough_.push(x) ? (typical - smooth) / (constant_ * deviation) : splat<V>(kNaN);
  }

 private:
  Shared<V> typical_;
  double constant_;
  Enough<V> enough_;
  RollingMean<V> mean_;
  Recent<V> recent_;
  V* distances_;
};

SIGNALS_KERNEL(CommodityChannelIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
