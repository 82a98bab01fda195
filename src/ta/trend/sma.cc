// Simple Moving Averages of the close, a fast and a slow one.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class SimpleMovingAverage {
 public:
  static constexpr std::string_view kName = "sma";
  static constexpr std::string_view kTitle = "Simple Moving Average";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"fast", 12, 1, 8192, "rows of the fast one"},
                                      {"slow", 26, 1, 8192, "rows of the slow one"}};
  static constexpr Output kOutputs[] = {
      {"trend_sma_fast", Unit::price, 11, 12, kFillNone, "SMA12(C)"},
      {"trend_sma_slow", Unit::price, 25, 26, kFillNone, "SMA26(C)"}};

  explicit SimpleMovingAverage(Setup<V>& setup)
      : fast_(setup.template share<MeanClose>(setup.window(0))),
        slow_(setup.template share<MeanClose>(setup.window(1))) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = fast_.at(bar);
    out[1] = slow_.at(bar);
  }

 private:
  Shared<V> fast_, slow_;
};

SIGNALS_KERNEL(SimpleMovingAverage)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
