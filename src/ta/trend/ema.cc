// Exponential Moving Averages of the close, a fast and a slow one.
#include "ta/window.h"

namespace signals::ta {

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
  static constexpr Output kOutputs[] = {{"trend_ema_fast", Unit::price, 11, kFillNone, "EMA12(C)"},
                                        {"trend_ema_slow", Unit::price, 25, kFillNone, "EMA26(C)"}};

  ExponentialMovingAverage(Params params, Mode mode)
      : fast_(params[0], min_periods(static_cast<int>(params[0]), mode)),
        slow_(params[1], min_periods(static_cast<int>(params[1]), mode)) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = fast_.push(bar.close);
    out[1] = slow_.push(bar.close);
  }

 private:
  Ewm<V> fast_, slow_;
};

SIGNALS_DESCRIBE(ExponentialMovingAverage)

}  // namespace signals::ta
