// The shared parts of kernels that look back a fixed number of rows: pandas' rolling windows and
// numpy's sums over them, each with the same operations in the same order, so that results are
// equal bit for bit. V is double or a vector of doubles. Copies share their memory: a kernel is
// copied into registers for a block of rows, never to have two of it.
#pragma once

#include "ta/setup.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

// The value `rows` rows earlier; `front` before there is one.
template <class V>
class Delay {
 public:
  Delay(Setup<V>& setup, std::size_t rows, V front = splat<V>(kNaN))
      : values_(setup.take(rows, kNaN)), rows_(rows) {
    for (std::size_t i = 0; i < rows; ++i) values_[i] = front;
  }
  V push(V x) {
    const V before = values_[next_];
    values_[next_] = x;
    next_ = next_ + 1 == rows_ ? 0 : next_ + 1;
    return before;
  }

 private:
  V* values_;
  std::size_t rows_;
  std::size_t next_ = 0;
};

// The value one row earlier; NaN on the first row.
template <class V>
class Previous {
 public:
  V push(V x) {
    const V before = value_;
    value_ = x;
    return before;
  }

 private:
  V value_ = splat<V>(kNaN);
};

// pandas 1.5-2.x `rolling(window).sum()`: Kahan sums with separate carries for adding and removing,
// and the rule that a run of equal values sums exactly.
template <class V>
class Rolling {
 public:
  Rolling(Setup<V>& setup, Window window) : ring_(setup, window.rows), minimum_(window.minimum) {}

  void push(V value) { exchange(value); }

  [[nodiscard]] V sum() const {
    const V exact = run_ >= count_ ? last_ * count_ : sum_;
    const V enough = count_ >= minimum_ ? exact : splat<V>(kNaN);
    return minimum_ == 0 ? (count_ == 0.0 ? splat<V>(0.0) : enough) : enough;
  }

 protected:
  struct Exchange {
    V in, out;  // NaN where nothing enters or leaves
  };
  Exchange exchange(V value) {
    const MaskOf<V> enters = is_finite(value);
    const V x = enters ? value : splat<V>(kNaN);
    const V old = ring_.push(x);
    const MaskOf<V> leaves = is_known(old);
    const V out = -old - remove_carry_;
    const V after_out = sum_ + out;
    remove_carry_ = leaves ? after_out - sum_ - out : remove_carry_;
    sum_ = leaves ? after_out : sum_;
    count_ = leaves ? count_ - 1.0 : count_;

    const V in = x - add_carry_;
    const V after_in = sum_ + in;
    add_carry_ = enters ? after_in - sum_ - in : add_carry_;
    sum_ = enters ? after_in : sum_;
    count_ = enters ? count_ + 1.0 : count_;
    const V run = x == last_ ? run_ + 1.0 : splat<V>(1.0);
    run_ = enters ? run : run_;
    last_ = enters ? x : last_;
    return {x, old};
  }

  Delay<V> ring_;
  double minimum_;
  V sum_{}, add_carry_{}, remove_carry_{};
  V count_{}, run_{};
  V last_ = splat<V>(kNaN);
};

// pandas 1.5-2.x `rolling(window).mean()`: such a sum over its count, its sign held against
// rounding.
template <class V>
class RollingMean : private Rolling<V> {
 public:
  using Rolling<V>::Rolling;

  V push(V value) {
    const auto moved = this->exchange(value);
    // An unknown value has no sign bit here, so it does not count.
    negative_ = is_negative(moved.out) ? negative_ - 1.0 : negative_;
    negative_ = is_negative(moved.in) ? negative_ + 1.0 : negative_;
    V mean = this->sum_ / this->count_;
    mean = both(negative_ == 0.0, mean < 0.0) ? V{} : mean;
    mean = both(negative_ == this->count_, mean > 0.0) ? V{} : mean;
    mean = this->run_ >= this->count_ ? this->last_ : mean;
    return this->count_ >= (this->minimum_ < 1.0 ? 1.0 : this->minimum_) ? mean : splat<V>(kNaN);
  }

 private:
  V negative_{};
};

// pandas 1.5-2.x `rolling(window).var(ddof=0)`: Welford's update with a compensated mean.
template <class V>
class Variance {
 public:
  Variance(Setup<V>& setup, Window window)
      : ring_(setup, window.rows), minimum_(window.minimum < 1.0 ? 1.0 : window.minimum) {}

  V push(V value) {
    const V x = finite_or_nan(value);
    const V old = ring_.push(x);
    remove(old);
    add(x);
    const V variance = either(count_ == 1.0, run_ >= count_) ? splat<V>(0.0) : squares_ / count_;
    return count_ >= minimum_ ? variance : splat<V>(kNaN);
  }

 private:
  void remove(V x) {
    const MaskOf<V> leaves = is_known(x);
    count_ = leaves ? count_ - 1.0 : count_;
    const MaskOf<V> stays = both(leaves, count_ != 0.0);
    const V before = mean_ - remove_carry_;
    const V y = x - remove_carry_;
    const V step = y - mean_;
    remove_carry_ = stays ? step + mean_ - y : remove_carry_;
    const V mean = mean_ - step / count_;
    const V squares = squares_ - (x - before) * (x - mean);
    const MaskOf<V> empties = both(leaves, count_ == 0.0);
    mean_ = stays ? mean : (empties ? V{} : mean_);
    squares_ = stays ? squares : (empties ? V{} : squares_);
  }
  void add(V x) {
    const MaskOf<V> enters = is_known(x);
    count_ = enters ? count_ + 1.0 : count_;
    const V run = x == last_ ? run_ + 1.0 : splat<V>(1.0);
    run_ = enters ? run : run_;
    last_ = enters ? x : last_;
    const V before = mean_ - add_carry_;
    const V y = x - add_carry_;
    const V step = y - mean_;
    add_carry_ = enters ? step + mean_ - y : add_carry_;
    const V mean = mean_ + step / count_;
    squares_ = enters ? squares_ + (x - before) * (x - mean) : squares_;
    mean_ = enters ? mean : mean_;
  }

  Delay<V> ring_;
  double minimum_;
  V mean_{}, squares_{}, add_carry_{}, remove_carry_{}, count_{}, run_{};
  V last_ = splat<V>(kNaN);
};

struct Greatest {
  static constexpr double kNone = -std::numeric_limits<double>::infinity();
  template <class V>
  static MaskOf<V> better(V a, V b) {
    return a > b;
  }
};
struct Least {
  static constexpr double kNone = std::numeric_limits<double>::infinity();
  template <class V>
  static MaskOf<V> better(V a, V b) {
    return a < b;
  }
};

// pandas `rolling(window).max()` and `.min()`: unknown values are skipped. By van Herk: the window
// is a tail of one block of `rows` rows and a head of the next, so a row costs three comparisons
// whatever the window and the data. Window::minimum is all rows, or at most one.
template <class V, class Order>
class Extreme {
 public:
  Extreme(Setup<V>& setup, Window window)
      : tails_(setup.take(window.rows + 1, Order::kNone)),
        rows_(window.rows),
        full_(window.minimum > 1.0) {}

  V push(V value) {
    const MaskOf<V> known = is_finite(value);
    const V x = known ? value : splat<V>(Order::kNone);
    known_run_ = known ? known_run_ + 1.0 : V{};
    head_ = Order::better(x, head_) ? x : head_;
    const V tail = tails_[next_ + 1];
    const V best = Order::better(head_, tail) ? head_ : tail;
    tails_[next_] = x;
    ++next_;
    if (next_ == rows_) start_block();
    return (full_ ? known_run_ >= static_cast<double>(rows_) : best != Order::kNone)
               ? best
               : splat<V>(kNaN);
  }

 private:
  void start_block() {
    next_ = 0;
    head_ = splat<V>(Order::kNone);
    V best = tails_[rows_ - 1];
    for (std::size_t i = rows_ - 1; i-- > 0;) {
      best = Order::better(tails_[i], best) ? tails_[i] : best;
      tails_[i] = best;
    }
  }

  V* tails_;  // of the last block: the extreme from each row to its end; then nothing
  std::size_t rows_;
  bool full_;
  std::size_t next_ = 0;
  V head_ = splat<V>(Order::kNone);
  V known_run_{};
};

template <class V>
using Max = Extreme<V, Greatest>;
template <class V>
using Min = Extreme<V, Least>;

// numpy's pairwise sum of up to 8192 values.
template <class V>
V pairwise_sum(const V* x, std::size_t n) {
  if (n < 8) {
    V sum = splat<V>(0.0);
    for (std::size_t i = 0; i < n; ++i) sum += x[i];
    return sum;
  }
  if (n > 128) {
    const std::size_t half = n / 2 - n / 2 % 8;
    return pairwise_sum(x, half) + pairwise_sum(x + half, n - half);
  }
  V part[8];
  for (std::size_t k = 0; k < 8; ++k) part[k] = x[k];
  std::size_t i = 8;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t k = 0; k < 8; ++k) part[k] += x[i + k];
  }
  V sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  for (; i < n; ++i) sum += x[i];
  return sum;
}

// The last values in time order, for what `ta` computes anew in each window. `size()` is shorter
// than the window at the start of the history.
template <class V>
class Recent {
 public:
  Recent(Setup<V>& setup, std::size_t rows) : values_(setup.take(2 * rows, kNaN)), rows_(rows) {}

  void push(V x) {  // written twice, so that a window is contiguous wherever it begins
    values_[next_] = x;
    values_[next_ + rows_] = x;
    next_ = next_ + 1 == rows_ ? 0 : next_ + 1;
    size_ = size_ < rows_ ? size_ + 1 : rows_;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  // Oldest first.
  [[nodiscard]] const V* begin() const { return values_ + (size_ < rows_ ? 0 : next_); }

 private:
  V* values_;
  std::size_t rows_;
  std::size_t next_ = 0, size_ = 0;
};

// Whether enough values of a window are known: all of them, or `minimum` is 0.
template <class V>
class Enough {
 public:
  explicit Enough(Window window) : rows_(window.minimum) {}
  MaskOf<V> push(V x) {
    run_ = is_known(x) ? run_ + 1.0 : V{};
    return run_ >= rows_;
  }

 private:
  double rows_;
  V run_{};
};

// True range: the day's range, stretched to the last close; unknown parts are skipped.
template <class V>
class TrueRange {
 public:
  TrueRange() = default;
  explicit TrueRange(V first_close) { (void)close_.push(first_close); }
  V push(const BarOf<V>& bar) {
    const V before = close_.push(bar.close);
    return max_known(max_known(bar.high - bar.low, absolute(bar.high - before)),
                     absolute(bar.low - before));
  }

 private:
  Previous<V> close_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
