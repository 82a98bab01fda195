// The shared parts of kernels that remember every row: pandas' exponential mean, cumulative sum and
// percentage change, with the same operations in the same order.
#pragma once

#include "ta/setup.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

// pandas `ewm(span, adjust=False, ignore_na=False).mean()`; the window's minimum only masks the
// output.
template <class V>
class Ewm {
 public:
  explicit Ewm(Window span)
      : Ewm(1.0 / (1.0 + (static_cast<double>(span.rows) - 1.0) / 2.0), span.minimum) {}

  // Wilder's mean, a row weighing 1/rows: pandas turns an alpha into a centre of mass and back.
  static Ewm wilder(Window window) {
    const double alpha = 1.0 / static_cast<double>(window.rows);
    return Ewm(1.0 / (1.0 + (1.0 - alpha) / alpha), window.minimum);
  }

  V push(V value) {
    const MaskOf<V> seen = is_finite(value);
    const MaskOf<V> started = is_known(mean_);
    count_ = seen ? count_ + 1.0 : count_;
    const V weight = started ? weight_ * (1.0 - alpha_) : weight_;
    const V total = weight + alpha_;
    V blended = weight * mean_ + alpha_ * value;
    // Without a gap the weights add up to 1, and a division by 1 changes nothing.
    if (!all<V>(total == 1.0)) blended = blended / total;
    const V updated = mean_ != value ? blended : mean_;
    mean_ = seen ? (started ? updated : value) : mean_;
    weight_ = both(started, seen) ? splat<V>(1.0) : weight;
    return count_ >= minimum_ ? mean_ : splat<V>(kNaN);
  }

 private:
  Ewm(double alpha, double minimum) : alpha_(alpha), minimum_(minimum < 1.0 ? 1.0 : minimum) {}

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
    const MaskOf<V> known = is_known(x);
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
    const V padded = is_known(x) ? x : last_;
    const V change = padded / last_ - 1.0;
    last_ = padded;
    return change;
  }

 private:
  V last_ = splat<V>(kNaN);
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
