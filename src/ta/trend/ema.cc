// Exponential Moving Averages of the close, a fast and a slow one.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class ExponentialMovingAverage {
 public:
  static constexpr std::string_view kName = "ema";
  static constexpr std::string_view kTitle = "Exponential Moving Average";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"fast", 12, 1, 8192, "rows of the fast one"},
                                      {"slow", 26, 1, 8192, "rows of the slow one"}};
  static constexpr Output kOutputs[] = {
      {"trend_ema_fast", Unit::price, 11, 120, kFillNone, "EMA12(C)"},
      {"trend_ema_slow", Unit::price, 25, 260, kFillNone, "EMA26(C)"}};

  explicit ExponentialMovingAverage(Setup<V>& setup)
      : fast_(setup.template share<SmoothClose>(setup.window(0))),
        slow_(setup.template share<SmoothClose>(setup.window(1))) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = fast_.at(bar);
    out[1] = slow_.at(bar);
  }

 private:
  Shared<V> fast_, slow_;
};

SIGNALS_KERNEL(ExponentialMovingAverage)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
