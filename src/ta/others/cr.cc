// Cumulative return since the first row in per cent.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class CumulativeReturn {
 public:
  static constexpr std::string_view kName = "cr";
  static constexpr std::string_view kTitle = "Cumulative Return";
  static constexpr Category kCategory = Category::others;
  static constexpr Lookback kLookback = Lookback::cumulative;
  static constexpr std::string_view kInputs = "close";
  static constexpr std::array<Param, 0> kParams = {};
  static constexpr Output kOutputs[] = {{"others_cr", Unit::first_bar_percent, 0, 0, kFillBackward,
                                         "(C/C of the first row - 1) * 100"}};

  explicit CumulativeReturn(Setup<V>& /*setup*/) {}

  void step(const BarOf<V>& bar, V* out) {
    if (!started_) first_ = bar.close;
    started_ = true;
    out[0] = (bar.close / first_ - 1.0) * 100.0;
  }

 private:
  V first_{};
  bool started_ = false;
};

SIGNALS_KERNEL(CumulativeReturn)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
