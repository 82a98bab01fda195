// Schaff Trend Cycle: a stochastic of a stochastic of MACD.
#include "ta/window.h"

namespace signals::ta {

template <class V>
class SchaffTrendCycle {
 public:
  static constexpr std::string_view kName = "stc";
  static constexpr std::string_view kTitle = "Schaff Trend Cycle";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"slow", 50, 1, 8192, "span of the slow mean"},
                                      {"fast", 23, 1, 8192, "span of the fast mean"},
                                      {"cycle", 10, 1, 8192, "rows of both stochastics"},
                                      {"smooth1", 3, 1, 8192, "span of the first smoothing"},
                                      {"smooth2", 3, 1, 8192, "span of the second smoothing"}};
  static constexpr Output kOutputs[] = {
      {"trend_stc", Unit::none, -1, 0.0,
       "EMA3(%K10(EMA3(%K10(EMA23(C) - EMA50(C))))), %K the place between MIN and MAX times 100"}};

  SchaffTrendCycle(Params params, Mode mode)
      : slow_(params[0], min_periods(static_cast<int>(params[0]), mode)),
        fast_(params[1], min_periods(static_cast<int>(params[1]), mode)),
        smooth1_(params[3], min_periods(static_cast<int>(params[3]), mode)),
        smooth2_(params[4], min_periods(static_cast<int>(params[4]), mode)),
        place1_(static_cast<int>(params[2]), static_cast<int>(params[2])),
        place2_(place1_) {}

  void step(const BarOf<V>& bar, V* out) {
    const V macd = fast_.push(bar.close) - slow_.push(bar.close);
    out[0] = smooth2_.push(place(place2_, smooth1_.push(place(place1_, macd))));
  }

 private:
  static V place(Extremes<V>& window, V x) {
    window.push(x);
    return 100.0 * (x - window.min()) / (window.max() - window.min());
  }

  Ewm<V> slow_, fast_, smooth1_, smooth2_;
  Extremes<V> place1_, place2_;
};

SIGNALS_DESCRIBE(SchaffTrendCycle)

}  // namespace signals::ta
