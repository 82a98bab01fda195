// Moving Average Convergence Divergence (Appel).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class Macd {
 public:
  static constexpr std::string_view kName = "macd";
  static constexpr std::string_view kTitle = "Moving Average Convergence Divergence";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"fast", 12, 1, 8192, "span of the fast mean"},
                                      {"slow", 26, 1, 8192, "span of the slow mean"},
                                      {"sign", 9, 1, 8192, "span of the signal"}};
  static constexpr Output kOutputs[] = {
      {"trend_macd", Unit::price_difference, 25, 320, 0.0, "EMA12(C) - EMA26(C)"},
      {"trend_macd_signal", Unit::price_difference, 33, 320, 0.0, "EMA9(macd)"},
      {"trend_macd_diff", Unit::price_difference, 33, 340, 0.0, "macd - signal"}};

  explicit Macd(Setup<V>& setup)
      : fast_(setup.template share<SmoothClose>(setup.window(0))),
        slow_(setup.template share<SmoothClose>(setup.window(1))),
        signal_(setup.window(2)) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = fast_.at(bar) - slow_.at(bar);
    out[1] = signal_.push(out[0]);
    out[2] = out[0] - out[1];
  }

 private:
  Shared<V> fast_, slow_;
  Ewm<V> signal_;
};

SIGNALS_KERNEL(Macd)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
