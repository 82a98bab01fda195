// Daily logarithmic return in per cent.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class DailyLogReturn {
 public:
  static constexpr std::string_view kName = "dlr";
  static constexpr std::string_view kTitle = "Daily Log Return";
  static constexpr Category kCategory = Category::others;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "close";
  static constexpr std::array<Param, 0> kParams = {};
  static constexpr Output kOutputs[] = {
      {"others_dlr", Unit::none, 1, 2, 0.0, "(ln C - ln C[-1]) * 100"}};

  explicit DailyLogReturn(Setup<V>& /*setup*/) {}

  void step(const BarOf<V>& bar, V* out) {
    const V now = logarithm(bar.close);
    out[0] = (now - before_.push(now)) * 100.0;
  }

 private:
  Previous<V> before_;
};

SIGNALS_KERNEL(DailyLogReturn)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
