// True Strength Index (Blau 1991).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class TrueStrengthIndex {
 public:
  static constexpr std::string_view kName = "tsi";
  static constexpr std::string_view kTitle = "True Strength Index";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"slow", 25, 1, 8192, "span of the inner means"},
                                      {"fast", 13, 1, 8192, "span of the outer means"}};
  static constexpr Output kOutputs[] = {
      {"momentum_tsi", Unit::none, 37, 360, 0.0,
       "100 * EMA13(EMA25(C - C[-1])) / EMA13(EMA25(|C - C[-1]|))"}};

  explicit TrueStrengthIndex(Setup<V>& setup)
      : inner_(setup.window(0)),
        outer_(setup.window(1)),
        inner_size_(setup.window(0)),
        outer_size_(setup.window(1)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V change = bar.close - before_.push(bar.close);
    const V direction = outer_.push(inner_.push(change));
    out[0] = direction / outer_size_.push(inner_size_.push(absolute(change))) * 100.0;
  }

 private:
  Previous<V> before_;
  Ewm<V> inner_, outer_, inner_size_, outer_size_;
};

SIGNALS_KERNEL(TrueStrengthIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
