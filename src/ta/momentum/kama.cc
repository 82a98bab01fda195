// Kaufman Adaptive Moving Average (1995).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
  static constexpr std::string_view kCausal =
      "starts at row 9; `ta` looks at the last closes, and starts a row later when the very last "
      "one is unknown";
  static constexpr Output kOutputs[] = {
      {"momentum_kama", Unit::price, 9, 320, kFillClose,
       "C at row 9, then y[-1] + sc*(C - y[-1]), sc = (er*(2/3 - 2/31) + 2/31)^2; the first rows "
       "look at the last closes"}};

  explicit KaufmanAdaptiveAverage(Setup<V>& setup)
      : causal_(setup.mode == Mode::causal),
        window_(setup[0]),
        fast_(2.0 / (setup[1] + 1.0)),
        slow_(2.0 / (setup[2] + 1.0)),
        one_(setup, 1),
        many_(setup, setup.rows(0)),
        path_(setup, setup.window(0)) {
    if (causal_) return;
    // `ta` shifts in a circle: before the first row stand the last ones.
    const auto wrapped = [&](std::size_t back) {
      return setup.each([&](const Inputs& in) {
        const std::size_t n = in.rows();
        return n == 0 ? kNaN : in.close[(n - back % n) % n];
      });
    };
    (void)one_.push(wrapped(1));
    for (std::size_t back = setup.rows(0); back > 0; --back) (void)many_.push(wrapped(back));
  }

  void step(const BarOf<V>& bar, V* out) {
    path_.push(absolute(bar.close - one_.push(bar.close)));
    const V way = absolute(bar.close - many_.push(bar.close));
    const V path = path_.sum();
    const V efficiency = path != 0.0 ? way / path : V{};
    const V root = efficiency * (fast_ - slow_) + slow_;
    const V weight = root * root;
    row_ += 1.0;
    known_ = is_known(bar.close) ? known_ + 1.0 : known_;
    // The causal mode does not look at the last close: it starts on the row where `ta` does if that
    // is known.
    MaskOf<V> starts = is_known(weight);
    if (causal_ && row_ == window_) starts = either(starts, known_ == window_);
    const V moved = average_ + weight * (bar.close - average_);
    const V first = starts ? bar.close : average_;
    average_ = started_ != 0.0 ? (is_known(weight) ? moved : splat<V>(kNaN)) : first;
    started_ = starts ? splat<V>(1.0) : started_;
    out[0] = average_;
  }

 private:
  bool causal_;
  double window_;
  double fast_, slow_;
  Delay<V> one_, many_;
  Rolling<V> path_;
  double row_ = 0;
  V known_{}, started_{};
  V average_ = splat<V>(kNaN);
};

SIGNALS_KERNEL(KaufmanAdaptiveAverage)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
