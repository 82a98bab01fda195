// What the engine asks of each width: a group of tickers, one in each lane. Plain data, since the
// two sides are compiled for different CPUs.
#pragma once

#include <cstddef>

#include "ta/engine.h"
#include "ta/numeric.h"

namespace signals::ta {

struct GroupJob {
  const Inputs* tickers;  // at most one for each lane
  std::size_t ticker_count;
  const Task* tasks;
  std::size_t task_count;
  const std::size_t* indicators;  // of each task: its place in the registry
  Mode mode;
  Arena* arena;      // memory of the group
  void* const* out;  // for each ticker, each output of each task: its rows
  bool float64;      // type of `out`: double, or float
  bool finite;       // infinities become NaN
};

using RunGroup = void (*)(const GroupJob& job);

// Each in the namespace of its width (lanes.h).
namespace widths {
void run_group1(const GroupJob& job);
void run_group2(const GroupJob& job);
void run_group4(const GroupJob& job);
void run_group8(const GroupJob& job);
}  // namespace widths

}  // namespace signals::ta
