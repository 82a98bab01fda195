// Vortex Indicator (Botes, Siepman 2010).
#include "ta/history.h"
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class VortexIndicator {
 public:
  static constexpr std::string_view kName = "vortex";
  static constexpr std::string_view kTitle = "Vortex Indicator";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {{"window", 14, 1, 8192, "rows in the sums"}};
  static constexpr Output kOutputs[] = {
      {"trend_vortex_ind_pos", Unit::none, 14, 15, 1.0,
       "SUM14(|H - L[-1]|) / SUM14(TR); TR[0] as if C[-1] were the mean of all C"},
      {"trend_vortex_ind_neg", Unit::none, 14, 15, 1.0, "SUM14(|L - H[-1]|) / SUM14(TR)"},
      {"trend_vortex_ind_diff", Unit::none, 14, 15, 0.0, "pos - neg"}};

  explicit VortexIndicator(Setup<V>& setup)
      : range_(setup.mode == Mode::causal ? splat<V>(kNaN) : mean_close(setup)),
        true_range_(setup, setup.window(0)),
        up_(setup, setup.window(0)),
        down_(setup, setup.window(0)) {}

  void step(const BarOf<V>& bar, V* out) {
    const V high = high_.push(bar.high);
    const V low = low_.push(bar.low);
    true_range_.push(range_.push(bar));
    up_.push(absolute(bar.high - low));
    down_.push(absolute(bar.low - high));
    const V range = true_range_.sum();
    out[0] = up_.sum() / range;
    out[1] = down_.sum() / range;
    out[2] = out[0] - out[1];
  }

 private:
  Previous<V> high_, low_;
  TrueRange<V> range_;
  Rolling<V> true_range_, up_, down_;
};

SIGNALS_KERNEL(VortexIndicator)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
