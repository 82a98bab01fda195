// engine_hash: a hash of all columns of made-up tickers, for each mode and width of lanes of this
// CPU. Equal lines on two machines: equal bits. Exit code 1 if two widths differ.
#include <cstdint>
#include <cstdio>

#include "ta/test_market.h"

namespace {

using namespace signals::ta;

std::uint64_t hash(const std::vector<Market>& markets, Mode mode, int lanes) {
  std::vector<std::vector<double>> params;
  for (const auto* indicator : indicators()) params.push_back(default_params(*indicator));
  std::vector<Task> tasks;
  for (std::size_t k = 0; k < params.size(); ++k) tasks.push_back({indicators()[k], params[k]});
  Engine engine(tasks, mode, lanes);
  std::vector<Inputs> inputs;
  std::vector<std::vector<double>> columns;
  for (const auto& market : markets) {
    inputs.push_back(market.all());
    columns.resize(columns.size() + engine.columns(), std::vector<double>(market.close.size()));
  }
  std::vector<double*> out;
  for (auto& column : columns) out.push_back(column.data());
  engine.compute(inputs, out);
  std::uint64_t sum = 0xcbf29ce484222325;  // FNV-1a
  for (const auto& column : columns) {
    for (const double x : column) {
      sum = (sum ^ std::bit_cast<std::uint64_t>(x == x ? x : kNaN)) * 0x100000001b3;
    }
  }
  return sum;
}

}  // namespace

int main() {
  std::vector<Market> markets;
  for (const unsigned rows : {63U, 300U, 0U, 1U, 64U, 65U, 127U, 14U, 129U, 700U}) {
    markets.push_back(random_market(rows, rows, rows % 2 == 0));
  }
  bool same = true;
  for (const Mode mode : kModes) {
    const std::uint64_t one = hash(markets, mode, 1);
    for (const int lanes : lane_widths()) same = same && hash(markets, mode, lanes) == one;
    std::printf("mode %d: %016llx\n", static_cast<int>(mode), static_cast<unsigned long long>(one));
  }
  return same ? 0 : 1;
}
