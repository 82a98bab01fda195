// The four lines that Ichimoku and its plotted form share: conversion, base, first and second span.
#pragma once

#include "ta/window.h"

namespace signals::ta {

template <class V>
class IchimokuLines {
 public:
  // params: rows of the conversion line, the base line, the second span.
  IchimokuLines(Params params, Mode mode)
      : conversion_(static_cast<int>(params[0]), min_periods(static_cast<int>(params[0]), mode)),
        base_(static_cast<int>(params[1]), min_periods(static_cast<int>(params[1]), mode)),
        span_(static_cast<int>(params[2]), 0) {}

  std::array<V, 4> push(const BarOf<V>& bar) {
    const V conversion = conversion_.push(bar);
    const V base = base_.push(bar);
    return {conversion, base, 0.5 * (conversion + base), span_.push(bar)};
  }

 private:
  // Halfway between the highest high and the lowest low.
  struct Midpoint {
    Midpoint(int window, int minimum) : high(window, minimum), low(window, minimum) {}
    V push(const BarOf<V>& bar) {
      high.push(bar.high);
      low.push(bar.low);
      return 0.5 * (high.max() + low.min());
    }
    Extremes<V> high, low;
  };

  Midpoint conversion_, base_, span_;
};

}  // namespace signals::ta
