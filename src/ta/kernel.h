// Kernel: an indicator's formula as a class template over the value type (lanes.h).
//
//   explicit K(Setup<V>& setup)                  from parameters and mode
//   void step(const BarOf<V>& bar, V* out)       one row: a value for each of kOutputs
//
// and beside it what its registry row says. Ends with SIGNALS_KERNEL(K).
#pragma once

#include <iterator>

#include "ta/series.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

// A kernel without its type.
struct Program {
  std::size_t bytes;
  void (*start)(void* state, Setup<Lanes>& setup);
  // `out`: kBlockRows rows of the first output, then of the second, …
  void (*run)(void* state, const Block<Lanes>& block, Lanes* out);
};

template <template <class> class Kernel>
constexpr Program program() {
  using K = Kernel<Lanes>;
  static_assert(std::is_trivially_copyable_v<K> && std::is_trivially_destructible_v<K>);
  return {sizeof(K), [](void* state, Setup<Lanes>& setup) { ::new (state) K(setup); },
          [](void* state, const Block<Lanes>& block, Lanes* out) {
            constexpr std::size_t kOutputs = std::size(K::kOutputs);
            K kernel = *static_cast<K*>(state);  // a local copy lives in registers
            for (std::size_t i = 0; i < block.rows; ++i) {
              Lanes row[kOutputs];
              kernel.step(block.bar(i), row);
              for (std::size_t k = 0; k < kOutputs; ++k) out[k * kBlockRows + i] = row[k];
            }
            *static_cast<K*>(state) = kernel;
          }};
}

// The registry row of a kernel.
template <template <class> class Kernel>
constexpr Indicator describe() {
  using K = Kernel<double>;
  std::string_view causal;
  if constexpr (requires { K::kCausal; }) causal = K::kCausal;
  return {K::kName,   K::kTitle,  K::kCategory, K::kLookback,
          K::kInputs, K::kParams, K::kOutputs,  causal};
}

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta

// Ends a kernel's file: defines its program and, once for all widths, its registry row.
#if SIGNALS_LANES == 1
#define SIGNALS_KERNEL(Kernel)                              \
  extern const Indicator k##Kernel;                         \
  constinit const Indicator k##Kernel = describe<Kernel>(); \
  extern const Program kProgram##Kernel;                    \
  constinit const Program kProgram##Kernel = program<Kernel>();
#else
#define SIGNALS_KERNEL(Kernel)           \
  extern const Program kProgram##Kernel; \
  constinit const Program kProgram##Kernel = program<Kernel>();
#endif
