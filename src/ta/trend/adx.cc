// Average Directional Movement Index (Wilder 1978).
#include "ta/window.h"

namespace signals::ta {

template <class V>
class AverageDirectionalIndex {
 public:
  static constexpr std::string_view kName = "adx";
  static constexpr std::string_view kTitle = "Average Directional Movement Index";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::recursive;
  static constexpr std::string_view kInputs = "high low close";
  static constexpr Param kParams[] = {
      {"window", 14, 2, 8192, "rows of the first sums, and their weight later"}};
  static constexpr Output kOutputs[] = {
      {"trend_adx", Unit::none, 0, 20.0,
       "0 before row 27, mean(DX of rows 14..27) there, then (y[-1]*13 + DX) / 14"},
      {"trend_adx_pos", Unit::none, 0, 20.0,
       "0 before row 15, then 100 * DM+ / TR, smoothed by Wilder"},
      {"trend_adx_neg", Unit::none, 0, 20.0, "0 before row 15, then 100 * DM- / TR"}};

  AverageDirectionalIndex(Params params, Mode mode, const Inputs& whole)
      : window_(static_cast<std::size_t>(params[0])),
        warm_up_(mode == Mode::causal ? kNaN : 0.0),
        too_short_(mode != Mode::causal && whole.rows() < 2 * window_) {
    // The first sums take the first known values, which gaps may put behind the rows that use them;
    // the causal mode is silent until they are known.
    std::array<std::vector<double>, 3> first;
    Moves<double> moves;
    for (std::size_t i = 0; i < whole.rows(); ++i) {
      const auto move = moves.push({0, whole.high[i], whole.low[i], whole.close[i], 0});
      for (std::size_t k = 0; k < 3; ++k) {
        if (!(move[k] == move[k]) || first[k].size() == window_) continue;
        first[k].push_back(move[k]);
        if (mode == Mode::causal) known_from_ = i;
      }
      if (first[0].size() + first[1].size() + first[2].size() == 3 * window_) break;
    }
    for (std::size_t k = 0; k < 3; ++k) {
      sums_[k] = splat<V>(pairwise_sum<double>(first[k]));
      if (mode == Mode::causal && first[k].size() < window_) known_from_ = whole.rows();
    }
  }

  void step(const BarOf<V>& bar, V* out) {
    const auto move = moves_.push(bar);
    const std::size_t row = row_++;
    out[0] = out[1] = out[2] = splat<V>(too_short_ ? kNaN : warm_up_);
    if (row < window_ || too_short_) return;
    if (row > window_) {
      for (std::size_t k = 0; k < 3; ++k) {
        sums_[k] = sums_[k] - sums_[k] / static_cast<double>(window_) + move[k];
      }
    }
    const V up = share(sums_[1]);
    const V down = share(sums_[2]);
    const V index = up + down != 0.0 ? 100.0 * absolute((up - down) / (up + down)) : V{};
    if (row > window_ && row >= known_from_) {
      out[1] = up;
      out[2] = down;
    }
    const auto weight = static_cast<double>(window_);
    if (row < 2 * window_) indices_.push_back(index);
    if (row < 2 * window_ - 1) return;
    average_ = row == 2 * window_ - 1 ? pairwise_sum<V>(indices_) / weight
                                      : (average_ * (weight - 1.0) + index) / weight;
    if (row >= known_from_) out[0] = average_;
  }

 private:
  // Of one row: the range stretched to the last close, and the directional moves up and down.
  template <class T>
  struct Moves {
    std::array<T, 3> push(const BarOf<T>& bar) {
      const T last_high = high.push(bar.high);
      const T last_low = low.push(bar.low);
      const T last_close = close.push(bar.close);
      const T top = bar.high + last_close == bar.high + last_close
                        ? (bar.high > last_close ? bar.high : last_close)
                        : splat<T>(kNaN);
      const T bottom = bar.low + last_close == bar.low + last_close
                           ? (bar.low < last_close ? bar.low : last_close)
                           : splat<T>(kNaN);
      const T up = bar.high - last_high;
      const T down = last_low - bar.low;
      return {top - bottom, absolute((up > down && up > 0.0 ? 1.0 : 0.0) * up),
              absolute((down > up && down > 0.0 ? 1.0 : 0.0) * down)};
    }
    Previous<T> high, low, close;
  };

  [[nodiscard]] V share(V moves) const {
    return sums_[0] != 0.0 ? 100.0 * (moves / sums_[0]) : V{};
  }

  std::size_t window_;
  double warm_up_;
  bool too_short_;  // `ta` raises on such frames
  Moves<V> moves_;
  std::array<V, 3> sums_{};  // true range, up, down
  std::vector<V> indices_;
  V average_{};
  std::size_t known_from_ = 0;
  std::size_t row_ = 0;
};

SIGNALS_DESCRIBE(AverageDirectionalIndex)

}  // namespace signals::ta
