// Ichimoku spans as charts draw them: shifted ahead by the base window.
#include "ta/trend/ichimoku_lines.h"

namespace signals::ta {

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
  static constexpr Output kOutputs[] = {
      {"trend_visual_ichimoku_a", Unit::price, 0, kFillBackward,
       "ichimoku_a of 26 rows before; before that the mean of all"},
      {"trend_visual_ichimoku_b", Unit::price, 0, kFillBackward,
       "ichimoku_b of 26 rows before; before that the mean of all"}};

  VisualIchimoku(Params params, Mode mode, const Inputs& whole)
      : lines_(params, mode),
        first_(static_cast<int>(params[1]), mean_of(2, params, mode, whole)),
        second_(static_cast<int>(params[1]), mean_of(3, params, mode, whole)) {}

  void step(const BarOf<V>& bar, V* out) {
    const auto lines = lines_.push(bar);
    out[0] = first_.push(lines[2]);
    out[1] = second_.push(lines[3]);
  }

 private:
  // The mean of a line over the whole history, which `ta` puts in front; the causal mode has
  // nothing there.
  static double mean_of(std::size_t line, Params params, Mode mode, const Inputs& whole) {
    if (mode == Mode::causal) return kNaN;
    IchimokuLines<double> lines(params, mode);
    std::vector<double> all;
    for (std::size_t i = 0; i < whole.rows(); ++i) {
      all.push_back(lines.push({0, whole.high[i], whole.low[i], 0, 0})[line]);
    }
    return mean_known(all);
  }

  IchimokuLines<V> lines_;
  Delay<V> first_, second_;
};

SIGNALS_DESCRIBE(VisualIchimoku)

}  // namespace signals::ta
