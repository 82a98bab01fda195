// Daily return in per cent.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class DailyReturn {
 public:
  static constexpr std::string_view kName = "dr";
  static constexpr std::string_view kTitle = "Daily Return";
  static constexpr Category kCategory = Category::others;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "close";
  static constexpr std::array<Param, 0> kParams = {};
  static constexpr Output kOutputs[] = {
      {"others_dr", Unit::none, 1, 2, 0.0, "(C/C[-1] - 1) * 100"}};

  explicit DailyReturn(Setup<V>& /*setup*/) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = (bar.close / before_.push(bar.close) - 1.0) * 100.0;
  }

 private:
  Previous<V> before_;
};

SIGNALS_KERNEL(DailyReturn)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
