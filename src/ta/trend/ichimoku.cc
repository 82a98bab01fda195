// Ichimoku Kinko Hyo (Hosoda 1969): midpoints of three windows.
#include "ta/trend/ichimoku_lines.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class Ichimoku {
 public:
  static constexpr std::string_view kName = "ichimoku";
  static constexpr std::string_view kTitle = "Ichimoku Kinko Hyo";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low";
  static constexpr Param kParams[] = {{"conv", 9, 1, 8192, "rows of the conversion line"},
                                      {"base", 26, 1, 8192, "rows of the base line"},
                                      {"span", 52, 1, 8192, "rows of the second span"}};
  static constexpr Output kOutputs[] = {
      {"trend_ichimoku_conv", Unit::price, 8, 9, kFillBackward, "(MAX9(H) + MIN9(L)) / 2"},
      {"trend_ichimoku_base", Unit::price, 25, 26, kFillBackward, "(MAX26(H) + MIN26(L)) / 2"},
      {"trend_ichimoku_a", Unit::price, 25, 26, kFillBackward, "(conv + base) / 2"},
      {"trend_ichimoku_b", Unit::price, 0, 52, kFillBackward,
       "(MAX52(H) + MIN52(L)) / 2, short windows too"}};

  explicit Ichimoku(Setup<V>& setup)
      : lines_(
            setup.template share<IchimokuLines>(setup.window(0), setup.window(1), setup.any(2))) {}

  void step(const BarOf<V>& bar, V* out) {
    for (std::size_t k = 0; k < 4; ++k) out[k] = lines_.at(bar, k);
  }

 private:
  Shared<V> lines_;
};

SIGNALS_KERNEL(Ichimoku)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
