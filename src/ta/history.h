// Means over whole histories, for those formulas of `ta` that look at all of one.
#pragma once

#include "ta/bar_blocks.h"
#include "ta/series.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

// pandas' mean() in each lane of `rows` rows, of which the lane's ticker has the first ones. NaN is
// left out; it may become 0 in place.
template <class V>
V mean_in_lanes(const Setup<V>& setup, V* values, std::size_t rows) {
  bool equally_long = setup.tickers().size() == kWidth;
  for (const auto& one : setup.tickers()) equally_long = equally_long && one.rows() == rows;
  if (!equally_long) {  // where numpy halves a sum depends on its length
    auto* const column = setup.scratch(rows);
    std::size_t lane = 0;
    return setup.each([&](const Inputs& in) {
      for (std::size_t i = 0; i < in.rows(); ++i) column[i] = lane_of(values[i], lane);
      ++lane;
      return mean_known({column, in.rows()});
    });
  }
  V count{};
  for (std::size_t i = 0; i < rows; ++i) {
    const MaskOf<V> known = is_known(values[i]);
    count = known ? count + 1.0 : count;
    values[i] = known ? values[i] : V{};
  }
  V sum{};
  constexpr std::size_t kBlock = 8192;  // numpy's
  for (std::size_t i = 0; i < rows; i += kBlock) {
    sum += pairwise_sum(values + i, rows - i < kBlock ? rows - i : kBlock);
  }
  return count > 0.0 ? sum / count : splat<V>(kNaN);
}

// The means of the outputs First… of the series S(setup, windows…), which looks at `inputs`.
template <template <class> class S, std::size_t First, std::size_t N, class V, class... W>
void history_means(Setup<V>& setup, std::string_view inputs, V (&result)[N], const W&... windows) {
  static_assert(First + N <= S<V>::kOutputs);
  BarBlocks bars(setup.tickers(), setup.arena());
  bars.need(inputs);
  S<V> series(setup, windows...);
  V* const block = setup.take(S<V>::kOutputs * kBlockRows, kNaN);
  V* const history = static_cast<V*>(setup.arena().take(N * bars.rows() * sizeof(V)));
  for (std::size_t begin = 0; begin < bars.rows(); begin += kBlockRows) {
    const Block<V> rows = bars.load(begin);
    run_series<V, S<V>>(&series, rows, block);
    for (std::size_t k = 0; k < N; ++k) {
      V* const to = history + k * bars.rows() + begin;
      for (std::size_t i = 0; i < rows.rows; ++i) to[i] = block[(First + k) * kBlockRows + i];
    }
  }
  for (std::size_t k = 0; k < N; ++k) {
    result[k] = mean_in_lanes(setup, history + k * bars.rows(), bars.rows());
  }
}

template <class V>
struct Close {
  static constexpr std::size_t kOutputs = 1;
  explicit Close(Setup<V>& /*setup*/) {}
  void step(const BarOf<V>& bar, V* out) { out[0] = bar.close; }
};

template <class V>
V mean_close(Setup<V>& setup) {
  auto& shared = setup.shared();
  if (!shared.knows_mean_close) {
    V mean[1];
    history_means<Close, 0>(setup, "close", mean);
    shared.mean_close = mean[0];
    shared.knows_mean_close = true;
  }
  return shared.mean_close;
}

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
