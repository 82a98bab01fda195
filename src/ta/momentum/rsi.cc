// Relative Strength Index (Wilder 1978).
#include "ta/momentum/strength.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class RelativeStrengthIndex {
 public:
  static constexpr std::string_view kName = "rsi";
  static constexpr std::string_view kTitle = "Relative Strength Index";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"window", 14, 1, 8192, "Wilder's weight is 1 over this"}};
  static constexpr Output kOutputs[] = {
      {"momentum_rsi", Unit::none, 13, 300, 50.0,
       "100 - 100/(1 + U/D), U and D Wilder means of rises and falls; D = 0 gives 100"}};

  explicit RelativeStrengthIndex(Setup<V>& setup)
      : strength_(setup.template share<Strength>(setup.window(0))) {}

  void step(const BarOf<V>& bar, V* out) { out[0] = strength_.at(bar); }

 private:
  Shared<V> strength_;
};

SIGNALS_KERNEL(RelativeStrengthIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
