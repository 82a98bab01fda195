// Williams %R.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
      {"momentum_wr", Unit::none, 13, 14, -50.0, "-100*(MAX14(H) - C) / (MAX14(H) - MIN14(L))"}};

  explicit WilliamsR(Setup<V>& setup) : extremes_(setup.template share<HighLow>(setup.window(0))) {}

  void step(const BarOf<V>& bar, V* out) {
    const V high = extremes_.at(bar, 0);
    const V low = extremes_.at(bar, 1);
    out[0] = -100.0 * (high - bar.close) / (high - low);
  }

 private:
  Shared<V> extremes_;
};

SIGNALS_KERNEL(WilliamsR)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
