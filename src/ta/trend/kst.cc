// Know Sure Thing (Pring 1992): four smoothed rates of change.
#include "ta/history.h"
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

// A smoothed rate of change. `ta` takes the mean of the whole history for closes before its start;
// the causal mode has none.
template <class V>
struct SmoothedChange {
  static constexpr std::size_t kOutputs = 1;
  SmoothedChange(Setup<V>& setup, Window window, Window lag)
      : before(setup, lag.rows, setup.mode == Mode::causal ? splat<V>(kNaN) : mean_close(setup)),
        mean(setup, window) {}
  void step(const BarOf<V>& bar, V* out) {
    const V old = before.push(bar.close);
    out[0] = mean.push((bar.close - old) / old);
  }
  Delay<V> before;
  RollingMean<V> mean;
};

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
  static constexpr std::string_view kCausal =
      "`ta` takes the mean of all closes, also later ones, for closes before the first row: kst is "
      "null before row 44, sig and diff before row 52, and later rows differ in the last bits that "
      "this leaves in the compensated sums";
  static constexpr Output kOutputs[] = {
      {"trend_kst", Unit::none, 14, 45, 0.0,
       "100*(SMA10(roc10) + 2*SMA10(roc15) + 3*SMA10(roc20) + 4*SMA15(roc30)); early C[-k] is the "
       "mean of all C"},
      {"trend_kst_sig", Unit::none, 14, 53, 0.0, "SMA9(kst), short windows too"},
      {"trend_kst_diff", Unit::none, 14, 53, 0.0, "kst - sig"}};

  explicit KnowSureThing(Setup<V>& setup)
      : first_(setup.template share<SmoothedChange>(setup.window(4), setup.any(0))),
        second_(setup.template share<SmoothedChange>(setup.window(5), setup.any(1))),
        third_(setup.template share<SmoothedChange>(setup.window(6), setup.any(2))),
        fourth_(setup.template share<SmoothedChange>(setup.window(7), setup.any(3))),
        signal_(setup, setup.mode == Mode::causal ? setup.full(8) : setup.any(8)) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = 100.0 * (first_.at(bar) + 2.0 * second_.at(bar) + 3.0 * third_.at(bar) +
                      4.0 * fourth_.at(bar));
    out[1] = signal_.push(out[0]);
    out[2] = out[0] - out[1];
  }

 private:
  Shared<V> first_, second_, third_, fourth_;
  RollingMean<V> signal_;
};

SIGNALS_KERNEL(KnowSureThing)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
