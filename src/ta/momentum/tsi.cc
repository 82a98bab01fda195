// True Strength Index (Blau 1991).
#include "ta/window.h"

namespace signals::ta {

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
      {"momentum_tsi", Unit::none, 37, 0.0,
       "100 * EMA13(EMA25(C - C[-1])) / EMA13(EMA25(|C - C[-1]|))"}};

  TrueStrengthIndex(Params params, Mode mode)
      : inner_(params[0], min_periods(static_cast<int>(params[0]), mode)),
        outer_(params[1], min_periods(static_cast<int>(params[1]), mode)),
        inner_size_(inner_),
        outer_size_(outer_) {}

  void step(const BarOf<V>& bar, V* out) {
    const V change = bar.close - before_.push(bar.close);
    const V direction = outer_.push(inner_.push(change));
    out[0] = direction / outer_size_.push(inner_size_.push(absolute(change))) * 100.0;
  }

 private:
  Previous<V> before_;
  Ewm<V> inner_, outer_, inner_size_, outer_size_;
};

SIGNALS_DESCRIBE(TrueStrengthIndex)

}  // namespace signals::ta
