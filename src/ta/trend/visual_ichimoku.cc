// Ichimoku spans as charts draw them: shifted ahead by the base window.
#include "ta/history.h"
#include "ta/trend/ichimoku_lines.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class VisualIchimoku {
 public:
  static constexpr std::string_view kName = "visual_ichimoku";
  static constexpr std::string_view kTitle = "Ichimoku spans, drawn ahead";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low";
  static constexpr Param kParams[] = {
      {"conv", 9, 1, 8192, "rows of the conversion line"},
      {"base", 26, 1, 8192, "rows of the base line; the spans are that far ahead"},
      {"span", 52, 1, 8192, "rows of the second span"}};
  static constexpr std::string_view kCausal =
      "`ta` fills the first 26 rows with the mean of all rows, also later ones: they are null";
  static constexpr Output kOutputs[] = {
      {"trend_visual_ichimoku_a", Unit::price, 0, 52, kFillBackward,
       "ichimoku_a of 26 rows before; before that the mean of all"},
      {"trend_visual_ichimoku_b", Unit::price, 0, 78, kFillBackward,
       "ichimoku_b of 26 rows before; before that the mean of all"}};

  explicit VisualIchimoku(Setup<V>& setup)
      : lines_(setup.template share<IchimokuLines>(setup.window(0), setup.window(1), setup.any(2))),
        first_(setup, setup.rows(1)),
        second_(setup, setup.rows(1)) {
    if (setup.mode == Mode::causal) return;
    // `ta` puts the means over the whole history in front.
    V mean[2];
    history_means<IchimokuLines, 2>(setup, kInputs, mean, setup.window(0), setup.window(1),
                                    setup.any(2));
    first_ = Delay<V>(setup, setup.rows(1), mean[0]);
    second_ = Delay<V>(setup, setup.rows(1), mean[1]);
  }

  void step(const BarOf<V>& bar, V* out) {
    out[0] = first_.push(lines_.at(bar, 2));
    out[1] = second_.push(lines_.at(bar, 3));
  }

 private:
  Shared<V> lines_;
  Delay<V> first_, second_;
};

SIGNALS_KERNEL(VisualIchimoku)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
