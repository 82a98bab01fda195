// Aroon (Chande 1995): how long ago the extremes were.
#include "ta/window.h"

namespace signals::ta {

template <class V>
class AroonIndicator {
 public:
  static constexpr std::string_view kName = "aroon";
  static constexpr std::string_view kTitle = "Aroon Indicator";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low";
  static constexpr Param kParams[] = {{"window", 25, 1, 8192, "rows back that are looked at"}};
  static constexpr Output kOutputs[] = {
      {"trend_aroon_up", Unit::none, 25, 0.0,
       "place of the first MAX of H in 26 rows, 0 the oldest, / 25 * 100"},
      {"trend_aroon_down", Unit::none, 25, 0.0, "the same of the first MIN of L"},
      {"trend_aroon_ind", Unit::none, 25, 0.0, "up - down"}};

  AroonIndicator(Params params, Mode mode)
      : rows_(params[0]),
        minimum_(min_periods(static_cast<int>(params[0]) + 1, mode, 1)),
        high_(static_cast<int>(params[0]) + 1),
        low_(static_cast<int>(params[0]) + 1) {}

  void step(const BarOf<V>& bar, V* out) {
    high_.push(bar.high);
    low_.push(-bar.low);
    out[0] = place(high_);
    out[1] = place(low_);
    out[2] = out[0] - out[1];
  }

 private:
  // Of the first greatest value; numpy takes the first unknown one for the greatest.
  V place(Window<V>& window) const {
    const auto values = window.ordered();
    V best = values[0];
    V at{};
    for (std::size_t i = 1; i < values.size(); ++i) {
      const V value = values[i];
      const auto greater = best == best && !(value <= best);
      at = greater ? splat<V>(static_cast<double>(i)) : at;
      best = greater ? value : best;
    }
    return known<V>(values) >= minimum_ ? at / rows_ * 100.0 : splat<V>(kNaN);
  }

  double rows_, minimum_;
  Window<V> high_, low_;
};

SIGNALS_DESCRIBE(AroonIndicator)

}  // namespace signals::ta
