// Setup: what a kernel is made from.
#pragma once

#include <new>

#include "ta/lanes.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

// A window, and how many of its values must be known for a result.
struct Window {
  std::size_t rows = 0;
  double minimum = 0;
  friend bool operator==(const Window&, const Window&) = default;
};

// A series that several kernels of a group need; it is computed once for each block of rows.
template <class V>
struct SharedSeries {
  static constexpr std::size_t kMostWindows = 3;
  void (*run)(void* state, const Block<V>& block, V* out);
  Window windows[kMostWindows];
  void* state;
  V* out;
  SharedSeries* next;
};

// The rows of a block, through a series S: its outputs one after another, kBlockRows rows each.
template <class V, class S>
void run_series(void* state, const Block<V>& block, V* out) {
  S series = *static_cast<S*>(state);  // a local copy lives in registers
  for (std::size_t i = 0; i < block.rows; ++i) {
    V row[S::kOutputs];
    series.step(block.bar(i), row);
    for (std::size_t k = 0; k < S::kOutputs; ++k) out[k * kBlockRows + i] = row[k];
  }
  *static_cast<S*>(state) = series;
}

// What the kernels of a group share.
template <class V>
struct GroupShare {
  SharedSeries<V>* series = nullptr;  // new ones in front
  bool knows_mean_close = false;
  V mean_close{};
};

// What a kernel keeps of a shared series.
template <class V>
class Shared {
 public:
  explicit Shared(const V* column) : column_(column) {}
  V at(const BarOf<V>& bar, std::size_t output = 0) const {
    return column_[output * kBlockRows + bar.place];
  }

 private:
  const V* column_;
};

template <class V>
class Setup {
 public:
  // `tickers`: one for each lane; lanes beyond them have no rows.
  Setup(Params params, Mode how, std::span<const Inputs> tickers, Arena& arena,
        GroupShare<V>* shared = nullptr)
      : mode(how), params_(params), tickers_(tickers), arena_(arena), shared_(shared) {}

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

  // The series S(setup, windows…), shared with every kernel of the group that asks for the same.
  template <template <class> class S, class... W>
  Shared<V> share(const W&... windows) {
    SharedSeries<V> wanted{run_series<V, S<V>>, {windows...}, nullptr, nullptr, nullptr};
    for (auto* one = shared_->series; one != nullptr; one = one->next) {
      bool same = one->run == wanted.run;
      for (std::size_t k = 0; k < SharedSeries<V>::kMostWindows; ++k) {
        same = same && one->windows[k] == wanted.windows[k];
      }
      if (same) return Shared<V>(one->out);
    }
    wanted.state = ::new (arena_.take(sizeof(S<V>))) S<V>(*this, windows...);
    wanted.out = take(S<V>::kOutputs * kBlockRows, kNaN);
    wanted.next = shared_->series;  // S may have asked for series of its own
    shared_->series = ::new (arena_.take(sizeof(wanted))) SharedSeries<V>(wanted);
    return Shared<V>(wanted.out);
  }

  [[nodiscard]] std::span<const Inputs> tickers() const { return tickers_; }
  [[nodiscard]] Arena& arena() const { return arena_; }
  [[nodiscard]] GroupShare<V>& shared() const { return *shared_; }
  [[nodiscard]] double* scratch(std::size_t count) const {
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

 private:
  [[nodiscard]] Inputs ticker(std::size_t lane) const {
    return lane < tickers_.size() ? tickers_[lane] : Inputs{};
  }
  Params params_;
  std::span<const Inputs> tickers_;
  Arena& arena_;
  GroupShare<V>* shared_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
