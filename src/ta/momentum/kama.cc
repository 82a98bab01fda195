// Kaufman Adaptive Moving Average (1995).
#include "ta/window.h"

namespace signals::ta {

template <class V>
class KaufmanAdaptiveAverage {
 public:
  static constexpr std::string_view kName = "kama";
  static constexpr std::string_view kTitle = "Kaufman Adaptive Moving Average";
  static constexpr Category kCategory = Category::momentum;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"window", 10, 1, 8192, "rows of the efficiency ratio"},
                                      {"pow1", 2, 1, 8192, "span when the price is efficient"},
                                      {"pow2", 30, 1, 8192, "span when it is not"}};
  static constexpr Output kOutputs[] = {
      {"momentum_kama", Unit::price, 9, kFillClose,
       "C at row 9, then y[-1] + sc*(C - y[-1]), sc = (er*(2/3 - 2/31) + 2/31)^2; the first rows "
       "look at the last closes"}};

  KaufmanAdaptiveAverage(Params params, Mode mode, const Inputs& whole)
      : causal_(mode == Mode::causal),
        window_(static_cast<std::size_t>(params[0])),
        fast_(2.0 / (params[1] + 1.0)),
        slow_(2.0 / (params[2] + 1.0)),
        one_(1),
        many_(static_cast<int>(params[0])),
        path_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)) {
    if (causal_ || whole.rows() == 0) return;
    // `ta` shifts in a circle: before the first row stand the last ones.
    const std::size_t n = whole.rows();
    const auto wrapped = [&](std::size_t back) { return whole.close[(n - back % n) % n]; };
    one_.push(splat<V>(wrapped(1)));
    for (std::size_t back = window_; back > 0; --back) many_.push(splat<V>(wrapped(back)));
  }

  void step(const BarOf<V>& bar, V* out) {
    path_.push(absolute(bar.close - one_.push(bar.close)));
    const V way = absolute(bar.close - many_.push(bar.close));
    const V path = path_.sum();
    const V efficiency = path != 0.0 ? way / path : V{};
    const V root = efficiency * (fast_ - slow_) + slow_;
    const V weight = root * root;
    const std::size_t row = row_++;
    known_ += bar.close == bar.close ? 1 : 0;
    // The causal mode does not look at the last close: it starts on the row where `ta` does if that
    // is known.
    const bool full = causal_ && row + 1 == window_ && known_ == window_;
    const bool first = !started_ && (full || weight == weight);
    if (first) {
      started_ = true;
      average_ = bar.close;
    } else {
      average_ = weight == weight ? average_ + weight * (bar.close - average_) : splat<V>(kNaN);
    }
    out[0] = average_;
  }

 private:
  bool causal_;
  std::size_t window_;
  double fast_, slow_;
  Delay<V> one_, many_;
  Rolling<V> path_;
  bool started_ = false;
  V average_ = splat<V>(kNaN);
  std::size_t row_ = 0, known_ = 0;
};

SIGNALS_DESCRIBE(KaufmanAdaptiveAverage)

}  // namespace signals::ta
