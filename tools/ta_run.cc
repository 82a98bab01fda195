// ta_run: the indicator table on columns from stdin, for tests that compare with `ta` bit for bit.
//
//   ta_run MODE < in > out     MODE is causal, ta or fillna; fails if a width of lanes gives other
//   bits ta_run columns             the names of the output columns, in their order
//
// in: the columns open, high, low, close, volume, out: all output columns; 64-bit floats of this
// machine.
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "features/plan.h"
#include "ta/engine.h"
#include "ta/registry.h"

namespace {

std::vector<double> read_all(std::FILE* file) {
  std::vector<double> values;
  std::vector<double> part(1 << 16);
  while (const std::size_t n = std::fread(part.data(), sizeof(double), part.size(), file)) {
    values.insert(values.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(n));
  }
  return values;
}

// The columns of one ticker that fills all lanes. NaN has one pattern of bits here.
std::vector<double> compute(const std::vector<signals::ta::Task>& tasks, signals::ta::Mode mode,
                            const signals::ta::Inputs& ticker, int lanes) {
  signals::ta::Engine engine(tasks, mode, lanes);
  const std::size_t rows = ticker.rows();
  const std::size_t copy = engine.columns() * rows;
  const std::vector<signals::ta::Inputs> tickers(static_cast<std::size_t>(lanes), ticker);
  std::vector<double> all(copy * tickers.size());
  std::vector<double*> out;
  for (std::size_t k = 0; k < engine.columns() * tickers.size(); ++k) {
    out.push_back(all.data() + k * rows);
  }
  engine.compute(tickers, out);
  for (double& x : all) x = x == x ? x : signals::ta::kNaN;
  for (std::size_t t = 1; t < tickers.size(); ++t) {
    if (std::memcmp(all.data(), all.data() + t * copy, copy * sizeof(double)) != 0) return {};
  }
  all.resize(copy);
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace signals;
  const std::string word = argc == 2 ? argv[1] : "";
  if (word == "columns") {
    for (const auto* indicator : ta::indicators()) {
      for (const auto& output : indicator->outputs) fmt::print("{}\n", output.column);
    }
    return 0;
  }
  const auto mode = parse_mode(word);
  if (!mode) {
    fmt::print(stderr, "usage: ta_run columns|causal|ta|fillna\n");
    return 2;
  }
  const std::vector<double> in = read_all(stdin);
  const std::size_t rows = in.size() / 5;
  const auto column = [&](std::size_t k) { return std::span(in).subspan(k * rows, rows); };
  const ta::Inputs inputs{column(0), column(1), column(2), column(3), column(4)};
  std::vector<std::vector<double>> params;
  for (const auto* indicator : ta::indicators()) params.push_back(ta::default_params(*indicator));
  std::vector<ta::Task> tasks;
  for (std::size_t k = 0; k < params.size(); ++k) tasks.push_back({ta::indicators()[k], params[k]});
  const std::vector<double> out = compute(tasks, *mode, inputs, 1);
  for (const int lanes : ta::lane_widths()) {
    const std::vector<double> same = compute(tasks, *mode, inputs, lanes);
    if (same.size() != out.size() ||
        std::memcmp(same.data(), out.data(), out.size() * sizeof(double)) != 0) {
      fmt::print(stderr, "ta_run: {} lanes give other bits than one\n", lanes);
      return 1;
    }
  }
  std::fwrite(out.data(), sizeof(double), out.size(), stdout);
  return 0;
}
