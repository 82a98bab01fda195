// Aroon (Chande 1995): how long ago the extremes were.
#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class AroonIndicator {
 public:
  static constexpr std::string_view kName = "aroon";
  static constexpr std::string_view kTitle = "Aroon Indicator";
  static constexpr Category kCategory = Category::trend;
  static constexpr Lookback kLookback = Lookback::window;
  static constexpr std::string_view kInputs = "high low";
  static constexpr Param kParams[] = {{"window", 25, 1, 8192, "rows back that are looked at"}};
  static constexpr Output kOutputs[] = {
      {"trend_aroon_up", Unit::none, 25, 26, 0.0,
       "place of the first MAX of H in 26 rows, 0 the oldest, / 25 * 100"},
      {"trend_aroon_down", Unit::none, 25, 26, 0.0, "the same of the first MIN of L"},
      {"trend_aroon_ind", Unit::none, 25, 26, 0.0, "up - down"}};

  explicit AroonIndicator(Setup<V>& setup)
      : rows_(setup[0]),
        high_(setup, setup.rows(0) + 1, setup.mode == Mode::fillna),
        low_(setup, setup.rows(0) + 1, setup.mode == Mode::fillna) {}

  void step(const BarOf<V>& bar, V* out) {
    out[0] = high_.push(bar.high) / rows_ * 100.0;
    out[1] = low_.push(-bar.low) / rows_ * 100.0;
    out[2] = out[0] - out[1];
  }

 private:
  // The place of the first greatest value of a window, 0 the oldest; numpy takes the first unknown
  // one for the greatest. By van Herk, as Extreme.
  class Place {
   public:
    Place(Setup<V>& setup, std::size_t rows, bool fills)
        : tails_(setup.take(rows + 1, kNone)),
          places_(setup.take(rows + 1, 0)),
          rows_(rows),
          fills_(fills) {}

    V push(V value) {
      const MaskOf<V> known = is_finite(value);
      const V x = known ? value : splat<V>(kUnknown);
      known_run_ = known ? known_run_ + 1.0 : V{};
      since_known_ = known ? V{} : since_known_ + 1.0;
      const MaskOf<V> higher = x > head_;
      head_ = higher ? x : head_;
      head_row_ = higher ? splat<V>(row_) : head_row_;
      const MaskOf<V> later = head_ > tails_[next_ + 1];
      const V best = later ? head_row_ : places_[next_ + 1];
      tails_[next_] = x;
      places_[next_] = splat<V>(row_);
      const auto size = static_cast<double>(rows_);
      const double oldest = row_ < size ? 0.0 : row_ - (size - 1.0);
      row_ += 1.0;
      ++next_;
      if (next_ == rows_) start_block();
      return (fills_ ? since_known_ < (row_ < size ? row_ : size) : known_run_ >= size)
                 ? best - oldest
                 : splat<V>(kNaN);
    }

   private:
    static constexpr double kNone = -std::numeric_limits<double>::infinity();
    static constexpr double kUnknown = std::numeric_limits<double>::infinity();

    void start_block() {
      next_ = 0;
      head_ = splat<V>(kNone);
      for (std::size_t i = rows_ - 1; i-- > 0;) {
        const MaskOf<V> later = tails_[i + 1] > tails_[i];
        tails_[i] = later ? tails_[i + 1] : tails_[i];
        places_[i] = later ? places_[i + 1] : places_[i];
      }
    }

    V *tails_, *places_;  // of the last block: the greatest from each row to its end, and its row
    std::size_t rows_;
    bool fills_;
    std::size_t next_ = 0;
    double row_ = 0;
    V head_ = splat<V>(kNone);
    V head_row_{};
    V known_run_{}, since_known_{};
  };

  double rows_;
  Place high_, low_;
};

SIGNALS_KERNEL(AroonIndicator)

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
