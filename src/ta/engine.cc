#include "ta/engine.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "ta/group.h"
#include "ta/registry.h"

namespace signals::ta {
namespace {

struct Width {
  int lanes;
  RunGroup run;
};

std::vector<Width> find_widths() {
  std::vector<Width> widths = {{1, widths::run_group1}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) widths.push_back({4, widths::run_group4});
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")) {
    widths.push_back({8, widths::run_group8});
  }
#elif defined(__aarch64__)
  widths.push_back({2, widths::run_group2});
#endif
  return widths;
}

const std::vector<Width>& all_widths() {
  static const std::vector<Width> found = find_widths();
  return found;
}

// The narrowest that holds `tickers`, up to `most` lanes.
const Width& width_for(std::size_t tickers, int most) {
  const Width* best = &all_widths().front();
  for (const auto& width : all_widths()) {
    if (width.lanes > most) break;
    if (static_cast<std::size_t>(best->lanes) < tickers) best = &width;
  }
  return *best;
}

}  // namespace

std::span<const int> lane_widths() {
  static const std::vector<int> kinds = [] {
    std::vector<int> lanes;
    for (const auto& width : all_widths()) lanes.push_back(width.lanes);
    return lanes;
  }();
  return kinds;
}

Engine::Engine(std::vector<Task> tasks, Mode mode, int lanes, Infinities infinities)
    : tasks_(std::move(tasks)),
      mode_(mode),
      lanes_(lanes == 0 ? lane_widths().back() : lanes),
      infinities_(infinities) {
  const auto table = ta::indicators();
  for (const auto& task : tasks_) {
    indicators_.push_back(
        static_cast<std::size_t>(std::ranges::find(table, task.indicator) - table.begin()));
    columns_ += task.indicator->outputs.size();
  }
}

void Engine::compute(std::span<const Inputs> tickers, std::span<double* const> out) {
  compute_as<double>(tickers, out);
}

void Engine::compute(std::span<const Inputs> tickers, std::span<float* const> out) {
  compute_as<float>(tickers, out);
}

template <class T>
void Engine::compute_as(std::span<const Inputs> tickers, std::span<T* const> out) {
  // Lanes run to the end of their longest ticker: tickers of like length share a group.
  std::vector<std::size_t> order(tickers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return tickers[a].rows() > tickers[b].rows(); });
  std::vector<Inputs> group;
  std::vector<void*> group_out;
  for (std::size_t begin = 0; begin < order.size();) {
    const Width& width = width_for(order.size() - begin, lanes_);
    const std::size_t end = std::min(order.size(), begin + static_cast<std::size_t>(width.lanes));
    group.clear();
    group_out.clear();
    for (; begin < end; ++begin) {
      group.push_back(tickers[order[begin]]);
      const auto columns = out.subspan(order[begin] * columns_, columns_);
      group_out.insert(group_out.end(), columns.begin(), columns.end());
    }
    arena_.reset();
    width.run({group.data(), group.size(), tasks_.data(), tasks_.size(), indicators_.data(), mode_,
               &arena_, group_out.data(), std::is_same_v<T, double>,
               infinities_ == Infinities::hide});
  }
}

}  // namespace signals::ta
