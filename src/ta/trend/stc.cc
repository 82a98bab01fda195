// Schaff Trend Cycle: a stochastic of a stochastic of MACD.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
      {"trend_stc", Unit::none, -1, 700, 0.0,
       "EMA3(%K10(EMA3(%K10(EMA23(C) - EMA50(C))))), %K the place between MIN and MAX times 100"}};

  explicit SchaffTrendCycle(Setup<V>& setup)
      : slow_(setup.window(0)),
        fast_(setup.window(1)),
        smooth1_(setup.window(3)),
        smooth2_(setup.window(4)),
        place1_(setup, setup.full(2)),
        place2_(setup, setup.full(2)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V macd = fast_.push(bar.close) - slow_.push(bar.close);
    out[0] = smooth2_.push(place2_.push(smooth1_.push(place1_.push(macd))));
  }

 private:
  // Where a value lies between the least and the greatest of its window, in per cent.
  struct Place {
    Place(Setup<V>& setup, Window window) : high(setup, window), low(setup, window) {}
    V push(V x) {
      const V least = low.push(x);
      return 100.0 * (x - least) / (high.push(x) - least);
    }
    Max<V> high;
    Min<V> low;
  };

  Ewm<V> slow_, fast_, smooth1_, smooth2_;
  Place place1_, place2_;
};

SIGNALS_KERNEL(SchaffTrendCycle)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
