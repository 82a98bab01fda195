// Rate of Change.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class RateOfChange {
 public:
  static constexpr std::string_view kName = "roc";
  static constexpr std::string_view kTitle = "Rate of Change";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"window", 12, 1, 8192, "rows back"}};
  static constexpr Output kOutputs[] = {
      {"momentum_roc", Unit::none, 12, 13, 0.0, "(C - C[-12]) / C[-12] * 100"}};

  explicit RateOfChange(Setup<V>& setup) : before_(setup, setup.rows(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V before = before_.push(bar.close);
    out[0] = (bar.close - before) / before * 100.0;
  }

 private:
  Delay<V> before_;
};

SIGNALS_KERNEL(RateOfChange)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
