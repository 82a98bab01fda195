// Made-up tickers for the tests of this folder.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "ta/engine.h"
#include "ta/registry.h"

namespace signals::ta {

struct Market {
  std::vector<double> open, high, low, close, volume;
  [[nodiscard]] Inputs first(std::size_t rows) const { return part(0, rows); }
  [[nodiscard]] Inputs from(std::size_t row) const { return part(row, close.size() - row); }
  [[nodiscard]] Inputs part(std::size_t begin, std::size_t rows) const {
    const auto cut = [&](const std::vector<double>& x) {
      return std::span(x).subspan(begin, rows);
    };
    return {cut(open), cut(high), cut(low), cut(close), cut(volume)};
  }
  [[nodiscard]] Inputs all() const { return first(close.size()); }
};

inline Market random_market(std::size_t rows, unsigned seed, bool gaps) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> move(0.0003, 0.02);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  Market m;
  double close = 100;
  for (std::size_t i = 0; i < rows; ++i) {
    const double open = close;
    close *= 1 + move(random);
    const double high = std::max(open, close) * (1 + 0.01 * unit(random));
    const double low = std::min(open, close) * (1 - 0.01 * unit(random));
    const bool gap = gaps && unit(random) < 0.05;
    m.open.push_back(gap ? kNaN : open);
    m.high.push_back(gap ? kNaN : high);
    m.low.push_back(gap ? kNaN : low);
    m.close.push_back(gap ? kNaN : close);
    m.volume.push_back(gaps && unit(random) < 0.05 ? 0.0 : std::floor(1e6 * unit(random)));
  }
  return m;
}

inline std::vector<std::vector<double>> run(const Indicator& indicator, const Inputs& in,
                                            Mode mode) {
  std::vector<std::vector<double>> columns(indicator.outputs.size(),
                                           std::vector<double>(in.rows(), -1));
  std::vector<double*> out;
  for (auto& column : columns) out.push_back(column.data());
  const auto params = default_params(indicator);
  Engine({{&indicator, params}}, mode).compute({&in, 1}, out);
  return columns;
}

inline bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

inline constexpr Mode kModes[] = {Mode::causal, Mode::ta, Mode::fillna};

}  // namespace signals::ta
