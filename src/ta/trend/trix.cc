// TRIX (Hutson): the rate of change of a close smoothed three times.
#include "ta/history.h"
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
struct SmoothCloseThrice {
  static constexpr std::size_t kOutputs = 1;
  SmoothCloseThrice(Setup<V>& /*setup*/, Window span) : first(span), second(span), third(span) {}
  void step(const BarOf<V>& bar, V* out) {
    out[0] = third.push(second.push(first.push(bar.close)));
  }
  Ewm<V> first, second, third;
};

template <class V>
class Trix {
 public:
  static constexpr std::string_view kName = "trix";
  static constexpr std::string_view kTitle = "TRIX";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"window", 15, 1, 8192, "span of the three means"}};
  static constexpr Output kOutputs[] = {
      {"trend_trix", Unit::none, 43, 220, 0.0, "(e/e[-1] - 1) * 100, e = EMA15(EMA15(EMA15(C)))"}};

  explicit Trix(Setup<V>& setup) : triple_(setup, setup.window(0)) {
    if (setup.mode != Mode::fillna) return;
    // `ta` puts the mean of the whole series before its first value.
    V mean[1];
    history_means<SmoothCloseThrice, 0>(setup, kInputs, mean, setup.window(0));
    before_ = mean[0];
  }

  void step(const BarOf<V>& bar, V* out) {
    V smooth;
    triple_.step(bar, &smooth);
    out[0] = (smooth - before_) / before_ * 100.0;
    before_ = smooth;
  }

 private:
  SmoothCloseThrice<V> triple_;
  V before_ = splat<V>(kNaN);
};

SIGNALS_KERNEL(Trix)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
