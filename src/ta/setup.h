// Setup: what a kernel is made from.
#pragma once

#include <algorithm>

#include "ta/lanes.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

// A window, and how many of its values must be known for a result.
struct Window {
  std::size_t rows;
  double minimum;
};

template <class V>
class Setup {
 public:
  // `tickers`: one for each lane; lanes beyond them have no rows.
  Setup(Params params, Mode how, std::span<const Inputs> tickers, Arena& arena)
      : mode(how), params_(params), tickers_(tickers), arena_(arena) {}

  const Mode mode;
  double operator[](std::size_t k) const { return params_[k]; }
  [[nodiscard]] std::size_t rows(std::size_t k) const {
    return static_cast<std::size_t>(params_[k]);
  }

  // The window of parameter k. `ta` wants it full, but takes `filled` values when it fills.
  [[nodiscard]] Window window(std::size_t k, int filled = 0) const {
    return {rows(k), mode == Mode::fillna ? filled : params_[k]};
  }
  [[nodiscard]] Window full(std::size_t k) const { return {rows(k), params_[k]}; }
  [[nodiscard]] Window any(std::size_t k) const { return {rows(k), 0}; }

  V* take(std::size_t count, double value) {
    V* const memory = static_cast<V*>(arena_.take(count * sizeof(V)));
    for (std::size_t i = 0; i < count; ++i) memory[i] = splat<V>(value);
    return memory;
  }

  [[nodiscard]] double* scratch(std::size_t count) {
    return static_cast<double*>(arena_.take(count * sizeof(double)));
  }

  // f(whole history) of each lane's ticker. For those formulas of `ta` that look at all of it.
  template <class F>
  V each(F f) const {
    V result{};
    if constexpr (kScalar<V>) {
      result = f(tickers_[0]);
    } else {
      for (std::size_t lane = 0; lane < kWidth; ++lane) result[lane] = f(ticker(lane));
    }
    return result;
  }

  // The mean over the whole history of each of the N values that f(bar) gives.
  template <std::size_t N, class F>
  void means(F f, V (&result)[N]) {
    std::size_t longest = 0;
    for (const auto& one : tickers_) longest = one.rows() > longest ? one.rows() : longest;
    constexpr std::size_t kStride = sizeof(V) / sizeof(double);
    auto* const columns = static_cast<double*>(arena_.take(N * kStride * longest * sizeof(double)));
    for (std::size_t i = 0; i < longest; ++i) {
      V values[N];
      f(bar(i), values);
      for (std::size_t k = 0; k < N; ++k) {
        for (std::size_t lane = 0; lane < kStride; ++lane) {
          columns[(k * kStride + lane) * longest + i] = lane_of(values[k], lane);
        }
      }
    }
    for (std::size_t k = 0; k < N; ++k) {
      std::size_t lane = 0;
      result[k] = each([&](const Inputs& in) {
        return mean_known({columns + (k * kStride + lane++) * longest, in.rows()});
      });
    }
  }

 private:
  [[nodiscard]] Inputs ticker(std::size_t lane) const {
    return lane < tickers_.size() ? tickers_[lane] : Inputs{};
  }
  [[nodiscard]] BarOf<V> bar(std::size_t row) const {
    const auto at = [&](std::span<const double> Inputs::*column) {
      return each([&](const Inputs& in) { return row < in.rows() ? (in.*column)[row] : kNaN; });
    };
    return {at(&Inputs::open), at(&Inputs::high), at(&Inputs::low), at(&Inputs::close),
            at(&Inputs::volume)};
  }

  Params params_;
  std::span<const Inputs> tickers_;
  Arena& arena_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
