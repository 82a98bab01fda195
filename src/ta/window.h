// The shared parts of kernels: pandas' rolling sum and mean, its exponential mean, cumulative sum
// and percentage change, and numpy's sum, each with the same operations in the same order, so that
// results are equal bit for bit. V is double or a vector of doubles.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "ta/indicator.h"

namespace signals::ta {

// The value `rows` rows earlier; `front` before there is one.
template <class V>
class Delay {
 public:
  explicit Delay(int rows, double front = kNaN)
      : values_(static_cast<std::size_t>(rows), splat<V>(front)) {}
  V push(V x) {
    const V before = values_[next_];
    values_[next_] = x;
    next_ = next_ + 1 == values_.size() ? 0 : next_ + 1;
    return before;
  }

 private:
  std::vector<V> values_;
  std::size_t next_ = 0;
};

// pandas 1.5-2.x `rolling(window).sum()` and `.mean()`: Kahan sums with separate carries for adding
// and removing, and the rule that a run of equal values sums exactly.
template <class V>
class Rolling {
 public:
  Rolling(int window, int minimum) : ring_(window), minimum_(minimum) {}

  void push(V value) {
    const V x = finite_or_nan(value);
    const V old = ring_.push(x);
    const auto leaves = old == old;
    const V out = -old - remove_carry_;
    const V after_out = sum_ + out;
    remove_carry_ = leaves ? after_out - sum_ - out : remove_carry_;
    sum_ = leaves ? after_out : sum_;
    count_ = leaves ? count_ - 1.0 : count_;
    negative_ = leaves && is_negative(old) ? negative_ - 1.0 : negative_;

    const auto enters = x == x;
    const V in = x - add_carry_;
    const V after_in = sum_ + in;
    add_carry_ = enters ? after_in - sum_ - in : add_carry_;
    sum_ = enters ? after_in : sum_;
    count_ = enters ? count_ + 1.0 : count_;
    negative_ = enters && is_negative(x) ? negative_ + 1.0 : negative_;
    run_ = enters ? (x == last_ ? run_ + 1.0 : splat<V>(1.0)) : run_;
    last_ = enters ? x : last_;
  }

  [[nodiscard]] V sum() const {
    const V exact = run_ >= count_ ? last_ * count_ : sum_;
    const V enough = count_ >= minimum_ ? exact : splat<V>(kNaN);
    return minimum_ == 0 && count_ == 0.0 ? splat<V>(0.0) : enough;
  }

  [[nodiscard]] V mean() const {
    V mean = sum_ / count_;
    mean = negative_ == 0.0 && mean < 0.0 ? splat<V>(0.0) : mean;
    mean = negative_ == count_ && mean > 0.0 ? splat<V>(0.0) : mean;
    mean = run_ >= count_ ? last_ : mean;
    return count_ >= minimum_ && count_ > 0.0 ? mean : splat<V>(kNaN);
  }

 private:
  static bool is_negative(double x) { return std::signbit(x); }

  Delay<V> ring_;
  double minimum_;
  V sum_{}, add_carry_{}, remove_carry_{};
  V count_{}, negative_{}, run_{};
  V last_ = splat<V>(kNaN);
};

// pandas `ewm(span, adjust=False, ignore_na=False).mean()`; `minimum` only masks the output.
template <class V>
class Ewm {
 public:
  Ewm(double span, int minimum) : Ewm(Alpha{1.0 / (1.0 + (span - 1.0) / 2.0)}, minimum) {}

  // pandas turns an alpha into a centre of mass and back.
  static Ewm with_alpha(double alpha, int minimum) {
    return Ewm(Alpha{1.0 / (1.0 + (1.0 - alpha) / alpha)}, minimum);
  }

  V push(V value) {
    const V x = finite_or_nan(value);
    const auto seen = x == x;
    const auto started = mean_ == mean_;
    count_ = seen ? count_ + 1.0 : count_;
    const V weight = started ? weight_ * (1.0 - alpha_) : weight_;
    const V blended = (weight * mean_ + alpha_ * x) / (weight + alpha_);
    const V updated = mean_ != x ? blended : mean_;
    mean_ = seen ? (started ? updated : x) : mean_;
    weight_ = started && seen ? splat<V>(1.0) : weight;
    return count_ >= minimum_ ? mean_ : splat<V>(kNaN);
  }

 private:
  struct Alpha {
    double value;
  };
  Ewm(Alpha alpha, int minimum) : alpha_(alpha.value), minimum_(minimum < 1 ? 1 : minimum) {}

  double alpha_;
  double minimum_;
  V mean_ = splat<V>(kNaN);
  V weight_ = splat<V>(1.0);
  V count_{};
};

// pandas `cumsum()`: a NaN stays where it is and does not enter the sum.
template <class V>
class CumulativeSum {
 public:
  V push(V x) {
    const auto known = x == x;
    sum_ = known ? sum_ + x : sum_;
    return known ? sum_ : x;
  }

 private:
  V sum_{};
};

// pandas 1.x-2.x `pct_change()`: gaps are padded with the last known value.
template <class V>
class PctChange {
 public:
  V push(V x) {
    const V padded = x == x ? x : last_;
    const V change = padded / last_ - 1.0;
    last_ = padded;
    return change;
  }

 private:
  V last_ = splat<V>(kNaN);
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

// The last `size` values in time order, for what `ta` computes anew in each window.
template <class V>
class Window {
 public:
  explicit Window(int size)
      : values_(static_cast<std::size_t>(size), splat<V>(kNaN)), ordered_(values_) {}

  void push(V x) {
    values_[rows_ % values_.size()] = finite_or_nan(x);
    ++rows_;
  }

  // Oldest first; shorter than the window at the start of the history.
  std::span<const V> ordered() {
    const std::size_t size = std::min(rows_, values_.size());
    for (std::size_t i = 0; i < size; ++i)
      ordered_[i] = values_[(rows_ - size + i) % values_.size()];
    return {ordered_.data(), size};
  }

 private:
  std::vector<V> values_, ordered_;
  std::size_t rows_ = 0;
};

template <class V>
V known(std::span<const V> values) {
  V count{};
  for (const V& x : values) count = x == x ? count + 1.0 : count;
  return count;
}

// pandas `rolling(window).max()` and `.min()`: unknown values are skipped.
template <class V>
class Extremes {
 public:
  Extremes(int window, int minimum) : window_(window), minimum_(minimum < 1 ? 1 : minimum) {}

  void push(V x) {
    window_.push(x);
    max_ = splat<V>(-std::numeric_limits<double>::infinity());
    min_ = splat<V>(std::numeric_limits<double>::infinity());
    const auto values = window_.ordered();
    for (const V& value : values) {
      max_ = value > max_ ? value : max_;
      min_ = value < min_ ? value : min_;
    }
    count_ = known<V>(values);
  }
  [[nodiscard]] V max() const { return count_ >= minimum_ ? max_ : splat<V>(kNaN); }
  [[nodiscard]] V min() const { return count_ >= minimum_ ? min_ : splat<V>(kNaN); }

 private:
  Window<V> window_;
  double minimum_;
  V max_{}, min_{}, count_{};
};

// pandas 1.5-2.x `rolling(window).var(ddof=0)`: Welford's update with a compensated mean.
template <class V>
class Variance {
 public:
  Variance(int window, int minimum) : ring_(window), minimum_(minimum < 1 ? 1 : minimum) {}

  V push(V value) {
    const V x = finite_or_nan(value);
    const V old = ring_.push(x);
    if (old == old) remove(old);
    if (x == x) add(x);
    if (!(count_ >= minimum_)) return splat<V>(kNaN);
    return count_ == 1.0 || run_ >= count_ ? splat<V>(0.0) : squares_ / count_;
  }

 private:
  void remove(V x) {
    count_ = count_ - 1.0;
    if (count_ == 0.0) {
      mean_ = squares_ = V{};
      return;
    }
    const V before = mean_ - remove_carry_;
    const V y = x - remove_carry_;
    const V step = y - mean_;
    remove_carry_ = step + mean_ - y;
    mean_ = mean_ - step / count_;
    squares_ = squares_ - (x - before) * (x - mean_);
  }
  void add(V x) {
    count_ = count_ + 1.0;
    run_ = x == last_ ? run_ + 1.0 : splat<V>(1.0);
    last_ = x;
    const V before = mean_ - add_carry_;
    const V y = x - add_carry_;
    const V step = y - mean_;
    add_carry_ = step + mean_ - y;
    mean_ = mean_ + step / count_;
    squares_ = squares_ + (x - before) * (x - mean_);
  }

  Delay<V> ring_;
  double minimum_;
  V mean_{}, squares_{}, add_carry_{}, remove_carry_{}, count_{}, run_{};
  V last_ = splat<V>(kNaN);
};

// The greater, or the known one of two.
template <class V>
V max_known(V a, V b) {
  return a == a ? (b > a ? b : a) : b;
}

template <class V>
V absolute(V x) {
  return x < 0.0 ? -x : (x == 0.0 ? V{} : x);
}

// True range: the day's range, stretched to the last close; unknown parts are skipped.
template <class V>
class TrueRange {
 public:
  explicit TrueRange(double first_close = kNaN) : close_(1, first_close) {}
  V push(const BarOf<V>& bar) {
    const V before = close_.push(bar.close);
    return max_known(max_known(bar.high - bar.low, absolute(bar.high - before)),
                     absolute(bar.low - before));
  }

 private:
  Delay<V> close_;
};

// numpy's sum of a long array: blocks of 8192, pairwise inside. pandas' mean() leaves NaN out.
inline double mean_known(std::span<const double> x);

// numpy's pairwise sum of up to 8192 values.
template <class V>
V pairwise_sum(std::span<const V> x) {
  const std::size_t n = x.size();
  if (n < 8) {
    V sum = splat<V>(0.0);
    for (const V& value : x) sum += value;
    return sum;
  }
  if (n > 128) {
    const std::size_t half = n / 2 - n / 2 % 8;
    return pairwise_sum<V>(x.first(half)) + pairwise_sum<V>(x.subspan(half));
  }
  std::array<V, 8> part{};
  for (std::size_t k = 0; k < 8; ++k) part[k] = x[k];
  std::size_t i = 8;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t k = 0; k < 8; ++k) part[k] += x[i + k];
  }
  V sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  for (; i < n; ++i) sum += x[i];
  return sum;
}

inline double mean_known(std::span<const double> x) {
  std::vector<double> block;
  double sum = 0;
  double count = 0;
  for (std::size_t begin = 0; begin < x.size(); begin += 8192) {
    const auto part = x.subspan(begin, std::min<std::size_t>(8192, x.size() - begin));
    block.clear();
    for (const double value : part) block.push_back(value == value ? value : 0.0);
    sum += pairwise_sum<double>(block);
    count += known<double>(part);
  }
  return count > 0 ? sum / count : kNaN;
}

}  // namespace signals::ta
