// Chaikin Money Flow: close location weighted by volume over a window.
#include "ta/volume/close_location.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class ChaikinMoneyFlow {
 public:
  static constexpr std::string_view kName = "cmf";
  static constexpr std::string_view kTitle = "Chaikin Money Flow";
  static constexpr Category kCategory = Category::volume;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close volume";
  static constexpr Param kParams[] = {{"window", 20, 2, 8192, "rows in the sums"}};
  static constexpr Output kOutputs[] = {
      {"volume_cmf", Unit::none, 19, 20, 0.0, "SUM20(clv * V) / SUM20(V)"}};

  explicit ChaikinMoneyFlow(Setup<V>& setup)
      : flow_(setup, setup.window(0)), volume_(setup, setup.window(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    flow_.push(close_location(bar) * bar.volume);
    volume_.push(bar.volume);
    out[0] = flow_.sum() / volume_.sum();
  }

 private:
  Rolling<V> flow_, volume_;
};

SIGNALS_KERNEL(ChaikinMoneyFlow)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
