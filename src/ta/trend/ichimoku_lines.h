// The four lines that Ichimoku and its plotted form share: conversion, base, first and second span.
#pragma once

#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class IchimokuLines {
 public:
  // Parameters: rows of the conversion line, the base line, the second span.
  explicit IchimokuLines(Setup<V>& setup)
      : conversion_(setup, setup.window(0)),
        base_(setup, setup.window(1)),
        span_(setup, setup.any(2)) {}

  void push(const BarOf<V>& bar, V* lines) {
    lines[0] = conversion_.push(bar);
    lines[1] = base_.push(bar);
    lines[2] = 0.5 * (lines[0] + lines[1]);
    lines[3] = span_.push(bar);
  }

 private:
  // Halfway between the highest high and the lowest low.
  struct Midpoint {
    Midpoint(Setup<V>& setup, Window window) : high(setup, window), low(setup, window) {}
    V push(const BarOf<V>& bar) { return 0.5 * (high.push(bar.high) + low.push(bar.low)); }
    Max<V> high;
    Min<V> low;
  };
  Midpoint conversion_, base_, span_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
