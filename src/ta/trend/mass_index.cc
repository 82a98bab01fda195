// Mass Index (Dorsey 1992): bulges of the smoothed range.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class MassIndex {
 public:
  static constexpr std::string_view kName = "mass";
  static constexpr std::string_view kTitle = "Mass Index";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "high low";
  static constexpr Param kParams[] = {{"fast", 9, 1, 8192, "span of both means"},
                                      {"slow", 25, 1, 8192, "rows in the sum"}};
  static constexpr Output kOutputs[] = {
      {"trend_mass_index", Unit::none, 40, 150, 0.0, "SUM25(a/b), a = EMA9(H-L), b = EMA9(a)"}};

  explicit MassIndex(Setup<V>& setup)
      : once_(setup.window(0)), twice_(setup.window(0)), sum_(setup, setup.window(1)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V once = once_.push(bar.high - bar.low);
    sum_.push(once / twice_.push(once));
    out[0] = sum_.sum();
  }

 private:
  Ewm<V> once_, twice_;
  Rolling<V> sum_;
};

SIGNALS_KERNEL(MassIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
