// The four lines that Ichimoku and its plotted form share: conversion, base, first and second span.
#pragma once

#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

template <class V>
class IchimokuLines {
 public:
  static constexpr std::size_t kOutputs = 4;

  IchimokuLines(Setup<V>& setup, Window conversion, Window base, Window span)
      : conversion_(setup, conversion), base_(setup, base), span_(setup, span) {}

  void step(const BarOf<V>& bar, V* lines) {
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
