// Time per row of every indicator of the table, beside a copy of its outputs.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>

#include "ta/engine.h"
#include "ta/registry.h"

namespace {

constexpr std::size_t kRows = 5000;

struct Walk {
  std::vector<double> open, high, low, close, volume;
  Walk() {
    std::mt19937_64 random(1);
    std::normal_distribution<double> move(0, 0.02);
    double price = 100;
    for (std::size_t i = 0; i < kRows; ++i) {
      open.push_back(price);
      price *= 1 + move(random);
      close.push_back(price);
      high.push_back(std::max(open.back(), price) * 1.003);
      low.push_back(std::min(open.back(), price) * 0.997);
      volume.push_back(1e6 * (1 + std::abs(move(random))));
    }
  }
};

void run(benchmark::State& state, const signals::ta::Indicator& indicator) {
  const Walk walk;
  const auto params = signals::ta::default_params(indicator);
  std::vector<std::vector<double>> columns(indicator.outputs.size(), std::vector<double>(kRows));
  std::vector<double*> out;
  for (auto& column : columns) out.push_back(column.data());
  const signals::ta::Inputs in{walk.open, walk.high, walk.low, walk.close, walk.volume};
  signals::ta::Engine engine({{&indicator, params}}, signals::ta::Mode::ta);
  for (auto _ : state) {
    engine.compute({&in, 1}, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}

void copy(benchmark::State& state) {
  const std::vector<double> from(kRows, 1.0);
  std::vector<double> to(kRows);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), kRows * sizeof(double));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}

}  // namespace

int main(int argc, char** argv) {
  for (const auto* indicator : signals::ta::indicators()) {
    benchmark::RegisterBenchmark(std::string(indicator->name).c_str(),
                                 [indicator](benchmark::State& state) { run(state, *indicator); });
  }
  benchmark::RegisterBenchmark("copy of one column", copy);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
