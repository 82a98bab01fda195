// Stochastic RSI (Chande, Kroll 1994).
#include "ta/momentum/strength.h"

namespace signals::ta {

template <class V>
class StochasticRsi {
 public:
  static constexpr std::string_view kName = "stoch_rsi";
  static constexpr std::string_view kTitle = "Stochastic RSI";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {
      {"window", 14, 1, 8192, "rows of the RSI and of its extremes"},
      {"smooth1", 3, 1, 8192, "rows of %K"},
      {"smooth2", 3, 1, 8192, "rows of %D"}};
  static constexpr Output kOutputs[] = {
      {"momentum_stoch_rsi", Unit::none, 26, 0.0, "(rsi - MIN14(rsi)) / (MAX14(rsi) - MIN14(rsi))"},
      {"momentum_stoch_rsi_k", Unit::none, 28, 0.0, "SMA3(stoch_rsi)"},
      {"momentum_stoch_rsi_d", Unit::none, 30, 0.0, "SMA3(k)"}};

  StochasticRsi(Params params, Mode mode)
      : fills_(mode == Mode::fillna),
        strength_(params, mode),
        extremes_(static_cast<int>(params[0]), static_cast<int>(params[0])),
        k_(static_cast<int>(params[1]), static_cast<int>(params[1])),
        d_(static_cast<int>(params[2]), static_cast<int>(params[2])) {}

  void step(const BarOf<V>& bar, V* out) {
    V rsi = strength_.push(bar.close);
    if (fills_)
      rsi = last_ = rsi - rsi == 0.0 ? rsi : last_;  // `ta` goes on from the filled column
    extremes_.push(rsi);
    out[0] = (rsi - extremes_.min()) / (extremes_.max() - extremes_.min());
    k_.push(out[0]);
    out[1] = k_.mean();
    d_.push(out[1]);
    out[2] = d_.mean();
  }

 private:
  bool fills_;
  Strength<V> strength_;
  V last_ = splat<V>(50.0);
  Extremes<V> extremes_;
  Rolling<V> k_, d_;
};

SIGNALS_DESCRIBE(StochasticRsi)

}  // namespace signals::ta
