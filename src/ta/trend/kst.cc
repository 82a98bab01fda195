// Know Sure Thing (Pring 1992): four smoothed rates of change.
#include "ta/window.h"

namespace signals::ta {

template <class V>
class KnowSureThing {
 public:
  static constexpr std::string_view kName = "kst";
  static constexpr std::string_view kTitle = "Know Sure Thing";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "close";
  static constexpr Param kParams[] = {{"roc1", 10, 1, 8192, "rows of the first change"},
                                      {"roc2", 15, 1, 8192, "rows of the second change"},
                                      {"roc3", 20, 1, 8192, "rows of the third change"},
                                      {"roc4", 30, 1, 8192, "rows of the fourth change"},
                                      {"window1", 10, 1, 8192, "rows of the first mean"},
                                      {"window2", 10, 1, 8192, "rows of the second mean"},
                                      {"window3", 10, 1, 8192, "rows of the third mean"},
                                      {"window4", 15, 1, 8192, "rows of the fourth mean"},
                                      {"nsig", 9, 1, 8192, "rows in the signal"}};
  static constexpr Output kOutputs[] = {
      {"trend_kst", Unit::none, 14, 0.0,
       "100*(SMA10(roc10) + 2*SMA10(roc15) + 3*SMA10(roc20) + 4*SMA15(roc30)); early C[-k] is the "
       "mean of all C"},
      {"trend_kst_sig", Unit::none, 14, 0.0, "SMA9(kst), short windows too"},
      {"trend_kst_diff", Unit::none, 14, 0.0, "kst - sig"}};

  KnowSureThing(Params params, Mode mode, const Inputs& whole)
      : parts_{Part(params[0], params[4], mode, whole), Part(params[1], params[5], mode, whole),
               Part(params[2], params[6], mode, whole), Part(params[3], params[7], mode, whole)},
        signal_(static_cast<int>(params[8]),
                mode == Mode::causal ? static_cast<int>(params[8]) : 0) {}

  void step(const BarOf<V>& bar, V* out) {
    const V first = parts_[0].push(bar.close);
    const V second = parts_[1].push(bar.close);
    const V third = parts_[2].push(bar.close);
    const V fourth = parts_[3].push(bar.close);
    out[0] = 100.0 * (first + 2.0 * second + 3.0 * third + 4.0 * fourth);
    signal_.push(out[0]);
    out[1] = signal_.mean();
    out[2] = out[0] - out[1];
  }

 private:
  // A smoothed rate of change. `ta` takes the mean of the whole history for closes before its
  // start; the causal mode has none.
  struct Part {
    Part(double lag, double window, Mode mode, const Inputs& whole)
        : before(static_cast<int>(lag), mode == Mode::causal ? kNaN : mean_known(whole.close)),
          mean(static_cast<int>(window), min_periods(static_cast<int>(window), mode)) {}
    V push(V close) {
      const V old = before.push(close);
      mean.push((close - old) / old);
      return mean.mean();
    }
    Delay<V> before;
    Rolling<V> mean;
  };

  std::array<Part, 4> parts_;
  Rolling<V> signal_;
};

SIGNALS_DESCRIBE(KnowSureThing)

}  // namespace signals::ta
