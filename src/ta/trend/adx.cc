// Average Directional Movement Index (Wilder 1978).
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

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
  static constexpr std::string_view kCausal =
      "rows before the first values are null, `ta` has 0 there; after early gaps they are null "
      "until the sums that `ta` starts with are known, which take later rows";
  static constexpr Output kOutputs[] = {
      {"trend_adx", Unit::none, 0, 340, 20.0,
       "0 before row 27, mean(DX of rows 14..27) there, then (y[-1]*13 + DX) / 14"},
      {"trend_adx_pos", Unit::none, 0, 300, 20.0,
       "0 before row 15, then 100 * DM+ / TR, smoothed by Wilder"},
      {"trend_adx_neg", Unit::none, 0, 300, 20.0, "0 before row 15, then 100 * DM- / TR"}};

  explicit AverageDirectionalIndex(Setup<V>& setup)
      : window_(setup.rows(0)),
        warm_up_(setup.mode == Mode::causal ? kNaN : 0.0),
        indices_(setup.take(setup.rows(0), 0)) {
    // The first sums take the first known values, which gaps may put behind the rows that use them;
    // the causal mode is silent until they are known. `ta` raises on frames of less than two
    // windows.
    const bool causal = setup.mode == Mode::causal;
    FirstMoves first[kWidth];
    std::size_t lane = 0;
    known_from_ = setup.each([&](const Inputs& in) {
      const FirstMoves& moves = first[lane++] = first_moves(setup, in);
      if (causal) return moves.last_row;
      return in.rows() < 2 * window_ ? static_cast<double>(in.rows()) : 0.0;
    });
    for (std::size_t k = 0; k < 3; ++k) {
      lane = 0;
      sums_[k] = setup.each([&](const Inputs& /*in*/) { return first[lane++].sum[k]; });
    }
    too_short_ = setup.each(
        [&](const Inputs& in) { return !causal && in.rows() < 2 * window_ ? kNaN : warm_up_; });
  }

  void step(const BarOf<V>& bar, V* out) {
    const std::size_t row = row_++;
    V move[3];
    moves_.push(bar, move);
    out[0] = out[1] = out[2] = too_short_;
    if (row < window_) return;
    if (row > window_) {
      for (std::size_t k = 0; k < 3; ++k) {
        sums_[k] = sums_[k] - sums_[k] / static_cast<double>(window_) + move[k];
      }
    }
    const V up = share(sums_[1]);
    const V down = share(sums_[2]);
    const V index = up + down != 0.0 ? 100.0 * absolute((up - down) / (up + down)) : V{};
    const MaskOf<V> said = known_from_ <= static_cast<double>(row);
    if (row > window_) {
      out[1] = said ? up : out[1];
      out[2] = said ? down : out[2];
    }
    const auto weight = static_cast<double>(window_);
    if (row < 2 * window_) indices_[row - window_] = index;
    if (row < 2 * window_ - 1) return;
    average_ = row == 2 * window_ - 1 ? pairwise_sum(indices_, window_) / weight
                                      : (average_ * (weight - 1.0) + index) / weight;
    out[0] = said ? average_ : out[0];
  }

 private:
  // Of one row: the range stretched to the last close, and the directional moves up and down.
  template <class T>
  struct Moves {
    void push(const BarOf<T>& bar, T* move) {
      const T last_high = high.push(bar.high);
      const T last_low = low.push(bar.low);
      const T last_close = close.push(bar.close);
      const T top = bar.high > last_close ? bar.high : last_close;
      const T bottom = bar.low < last_close ? bar.low : last_close;
      const T up = bar.high - last_high;
      const T down = last_low - bar.low;
      move[0] = (is_known(bar.high + last_close) ? top : splat<T>(kNaN)) -
                (is_known(bar.low + last_close) ? bottom : splat<T>(kNaN));
      move[1] = absolute((both(up > down, up > 0.0) ? splat<T>(1.0) : T{}) * up);
      move[2] = absolute((both(down > up, down > 0.0) ? splat<T>(1.0) : T{}) * down);
    }
    Previous<T> high, low, close;
  };

  // The sums of the first known values of each move, as many as the window has, and the row from
  // which all are known.
  struct FirstMoves {
    double sum[3];
    double last_row;
  };
  static FirstMoves first_moves(Setup<V>& setup, const Inputs& in) {
    const std::size_t window = setup.rows(0);
    double* const first = setup.scratch(3 * window);
    Moves<double> moves;
    std::size_t known[3] = {};
    std::size_t i = 0;
    for (; i < in.rows() && known[0] + known[1] + known[2] < 3 * window; ++i) {
      double move[3];
      moves.push({0, in.high[i], in.low[i], in.close[i], 0}, move);
      for (std::size_t k = 0; k < 3; ++k) {
        if (is_known(move[k]) && known[k] < window) first[k * window + known[k]++] = move[k];
      }
    }
    const bool complete = known[0] + known[1] + known[2] == 3 * window;
    FirstMoves result{{}, static_cast<double>(complete ? i - 1 : in.rows())};
    for (std::size_t k = 0; k < 3; ++k) result.sum[k] = sum_known({first + k * window, known[k]});
    return result;
  }

  [[nodiscard]] V share(V moves) const {
    return sums_[0] != 0.0 ? 100.0 * (moves / sums_[0]) : V{};
  }

  std::size_t window_;
  double warm_up_;
  Moves<V> moves_;
  V sums_[3];  // true range, up, down
  V* indices_;
  V known_from_{};  // rows before it are silent
  V too_short_{};   // what silent rows hold
  V average_{};
  std::size_t row_ = 0;
};

SIGNALS_KERNEL(AverageDirectionalIndex)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
