// Simple Moving Averages of the close, a fast and a slow one.
#include "ta/window.h"

namespace signals::ta {

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
  static constexpr Output kOutputs[] = {{"trend_sma_fast", Unit::price, 11, kFillNone, "SMA12(C)"},
                                        {"trend_sma_slow", Unit::price, 25, kFillNone, "SMA26(C)"}};

  SimpleMovingAverage(Params params, Mode mode)
      : fast_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)),
        slow_(static_cast<int>(params[1]), min_periods(static_cast<int>(params[1]), mode)) {}

  void step(const BarOf<V>& bar, V* out) {
    fast_.push(bar.close);
    slow_.push(bar.close);
    out[0] = fast_.mean();
    out[1] = slow_.mean();
  }

 private:
  Rolling<V> fast_, slow_;
};

SIGNALS_DESCRIBE(SimpleMovingAverage)

}  // namespace signals::ta
