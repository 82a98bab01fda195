// The engine: indicators of many tickers at once, in SIMD lanes of tickers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ta/indicator.h"
#include "ta/numeric.h"

namespace signals::ta {

// One indicator with one choice of its parameters, each in the range of its row.
struct Task {
  const Indicator* indicator;  // of indicators()
  Params params;               // in the order of its row
};

// How many tickers a CPU computes side by side: 1, and what this CPU has beyond; ascending.
std::span<const int> lane_widths();

// Infinities that `ta` has stay, or are unknown as NaN is.
enum class Infinities { keep, hide };

// Computes tasks for groups of tickers. Results are the same bit for bit whatever the group, the
// order of its tickers and the number of lanes. An object serves one thread.
class Engine {
 public:
  // `lanes`: one of lane_widths(), or 0 for the fastest.
  Engine(std::vector<Task> tasks, Mode mode, int lanes = 0,
         Infinities infinities = Infinities::keep);

  // The outputs of all tasks, in their order.
  [[nodiscard]] std::size_t columns() const { return columns_; }

  // Fills out[t * columns() + k], as long as ticker t, with output k of ticker t: NaN where it is
  // not known. Columns that all begin on a line of memory are streamed past the caches. The five
  // inputs of a ticker are equally long.
  void compute(std::span<const Inputs> tickers, std::span<double* const> out);
  void compute(std::span<const Inputs> tickers, std::span<float* const> out);

 private:
  template <class T>
  void compute_as(std::span<const Inputs> tickers, std::span<T* const> out);

  std::vector<Task> tasks_;
  std::vector<std::size_t> indicators_;
  Mode mode_;
  int lanes_;
  Infinities infinities_;
  std::size_t columns_ = 0;
  Arena arena_;
};

}  // namespace signals::ta
