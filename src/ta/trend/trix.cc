// TRIX (Hutson): the rate of change of a close smoothed three times.
#include "ta/window.h"

namespace signals::ta {

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
      {"trend_trix", Unit::none, 43, 0.0, "(e/e[-1] - 1) * 100, e = EMA15(EMA15(EMA15(C)))"}};

  Trix(Params params, Mode mode, const Inputs& whole) : triple_(params, mode) {
    if (mode != Mode::fillna) return;
    // `ta` puts the mean of the whole series before its first value.
    Triple<double> ahead(params, mode);
    std::vector<double> all;
    for (const double close : whole.close) all.push_back(ahead.push(close));
    before_ = splat<V>(mean_known(all));
  }

  void step(const BarOf<V>& bar, V* out) {
    const V smooth = triple_.push(bar.close);
    out[0] = (smooth - before_) / before_ * 100.0;
    before_ = smooth;
  }

 private:
  template <class T>
  struct Triple {
    Triple(Params params, Mode mode)
        : first(params[0], min_periods(static_cast<int>(params[0]), mode)),
          second(first),
          third(first) {}
    T push(T x) { return third.push(second.push(first.push(x))); }
    Ewm<T> first, second, third;
  };

  Triple<V> triple_;
  V before_ = splat<V>(kNaN);
};

SIGNALS_DESCRIBE(Trix)

}  // namespace signals::ta
