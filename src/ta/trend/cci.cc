// Commodity Channel Index (Lambert 1980).
#include "ta/window.h"

namespace signals::ta {

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
      {"trend_cci", Unit::none, 19, 0.0,
       "(TP - SMA20(TP)) / (0.015 * mean |TP - mean TP|), TP = (H+L+C)/3"}};

  CommodityChannelIndex(Params params, Mode mode)
      : constant_(params[1]),
        minimum_(min_periods(static_cast<int>(params[0]), mode)),
        mean_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)),
        window_(static_cast<int>(params[0])) {}

  void step(const BarOf<V>& bar, V* out) {
    const V typical = (bar.high + bar.low + bar.close) / 3.0;
    mean_.push(typical);
    window_.push(typical);
    const auto values = window_.ordered();
    const auto size = static_cast<double>(values.size());
    const V mean = pairwise_sum<V>(values) / size;
    distances_.clear();
    for (const V& value : values) distances_.push_back(absolute(value - mean));
    const V deviation = pairwise_sum<V>(distances_) / size;
    out[0] = known<V>(values) >= minimum_ ? (typical - mean_.mean()) / (constant_ * deviation)
                                          : splat<V>(kNaN);
  }

 private:
  double constant_, minimum_;
  Rolling<V> mean_;
  Window<V> window_;
  std::vector<V> distances_;
};

SIGNALS_DESCRIBE(CommodityChannelIndex)

}  // namespace signals::ta
