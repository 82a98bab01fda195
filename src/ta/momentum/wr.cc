// Williams %R.
#include "ta/window.h"

namespace signals::ta {

template <class V>
class WilliamsR {
 public:
  static constexpr std::string_view kName = "wr";
  static constexpr std::string_view kTitle = "Williams %R";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {{"window", 14, 1, 8192, "rows of the extremes"}};
  static constexpr Output kOutputs[] = {
      {"momentum_wr", Unit::none, 13, -50.0, "-100*(MAX14(H) - C) / (MAX14(H) - MIN14(L))"}};

  WilliamsR(Params params, Mode mode)
      : high_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)),
        low_(high_) {}

  void step(const BarOf<V>& bar, V* out) {
    high_.push(bar.high);
    low_.push(bar.low);
    out[0] = -100.0 * (high_.max() - bar.close) / (high_.max() - low_.min());
  }

 private:
  Extremes<V> high_, low_;
};

SIGNALS_DESCRIBE(WilliamsR)

}  // namespace signals::ta
