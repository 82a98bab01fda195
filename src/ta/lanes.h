// The value that kernels compute with: a double, or a vector of doubles with one ticker in each
// lane. Each width is compiled on its own, with the flags of its CPUs, in a namespace of its own:
// the linker must never take code made for a wide CPU where a narrow one runs. So nothing here and
// in the kernels may call an inline function that the widths would share.
#pragma once

#ifndef SIGNALS_LANES
#define SIGNALS_LANES 1
#endif

#if SIGNALS_LANES == 1
#define SIGNALS_WIDTH lanes1
#elif SIGNALS_LANES == 2
#define SIGNALS_WIDTH lanes2
#elif SIGNALS_LANES == 4
#define SIGNALS_WIDTH lanes4
#elif SIGNALS_LANES == 8
#define SIGNALS_WIDTH lanes8
#endif

#if SIGNALS_LANES > 1 && defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <type_traits>

#include "ta/indicator.h"
#include "ta/numeric.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

inline constexpr std::size_t kWidth = SIGNALS_LANES;

template <class T, std::size_t N>
struct VectorOf {
  using type [[gnu::vector_size(N * sizeof(T))]] = T;
};
template <class T>
struct VectorOf<T, 1> {
  using type = T;
};
template <class T, std::size_t N = kWidth>
using Vector = typename VectorOf<T, N>::type;

using Lanes = Vector<double>;

template <class V>
inline constexpr bool kScalar = std::is_same_v<V, double>;

// What a comparison of two V gives: bool, or one mask per lane. Masks choose with ?:.
template <class V>
using MaskOf = decltype(V{} == V{});

template <class V>
V splat(double value) {
  return V{} + value;
}

template <class M>
M both(M a, M b) {
  return a & b;
}
template <class M>
M either(M a, M b) {
  return a | b;
}
template <class V>
MaskOf<V> never() {
  return MaskOf<V>{};
}

template <class V>
MaskOf<V> is_known(V x) {
  return x == x;
}

template <class V>
MaskOf<V> is_finite(V x) {
  const V zero_or_nan = x - x;
  return zero_or_nan == zero_or_nan;
}

// pandas hides ±inf from every rolling and exponential window.
template <class V>
V finite_or_nan(V x) {
  return is_finite(x) ? x : splat<V>(kNaN);
}

template <class V>
MaskOf<V> is_negative(V x) {  // by its sign bit: -0.0 is
  if constexpr (kScalar<V>) {
    return __builtin_signbit(x) != 0;
  } else {
    return __builtin_bit_cast(MaskOf<V>, x) < 0;
  }
}

template <class V>
V absolute(V x) {
  if constexpr (kScalar<V>) {
    return __builtin_fabs(x);
  } else {
    return __builtin_bit_cast(V, __builtin_bit_cast(MaskOf<V>, x) & INT64_MAX);
  }
}

template <class V>
V square_root(V x) {
  if constexpr (kScalar<V>) {
    return __builtin_sqrt(x);
#if SIGNALS_LANES == 8 && defined(__AVX512F__)
  } else if constexpr (sizeof(V) == 64) {
    return _mm512_maskz_sqrt_pd(0xff, x);  // the plain one warns in GCC 12
#elif SIGNALS_LANES == 4 && defined(__AVX__)
  } else if constexpr (sizeof(V) == 32) {
    return _mm256_sqrt_pd(x);
#endif
  } else {
    for (std::size_t lane = 0; lane < kWidth; ++lane) x[lane] = __builtin_sqrt(x[lane]);
    return x;
  }
}

template <class V>
double lane_of(const V& x, std::size_t lane) {
  if constexpr (kScalar<V>) {
    return x;
  } else {
    return x[lane];
  }
}

// By the C library in each lane: no faster logarithm has the same bits.
template <class V>
V logarithm(V x) {
  if constexpr (kScalar<V>) {
    logarithms(&x, 1);
  } else {
    double lanes[kWidth];
    __builtin_memcpy(lanes, &x, sizeof(x));
    logarithms(lanes, kWidth);
    __builtin_memcpy(&x, lanes, sizeof(x));
  }
  return x;
}

// True if the mask is set in every lane.
template <class V>
bool all(MaskOf<V> mask) {
  if constexpr (kScalar<V>) {
    return mask;
#if SIGNALS_LANES == 8 && defined(__AVX512DQ__)
  } else if constexpr (sizeof(V) == 64) {
    return _mm512_movepi64_mask(reinterpret_cast<__m512i>(mask)) == 0xff;
#elif SIGNALS_LANES == 4 && defined(__AVX__)
  } else if constexpr (sizeof(V) == 32) {
    return _mm256_movemask_pd(reinterpret_cast<__m256d>(mask)) == 0xf;
#endif
  } else {
    bool every = true;
    for (std::size_t lane = 0; lane < kWidth; ++lane) every = every && mask[lane] != 0;
    return every;
  }
}

// The greater, or the known one of two.
template <class V>
V max_known(V a, V b) {
  return a == a ? (b > a ? b : a) : b;
}

// Rows that are computed at a time: what a pass over them touches stays in the nearest cache.
inline constexpr std::size_t kBlockRows = 64;

// One row of all inputs, and its place in the block.
template <class V>
struct BarOf {
  V open, high, low, close, volume;
  std::size_t place = 0;
};

// A block of rows, one array per input column. What is not an input of the kernel may hold
// anything.
template <class V>
struct Block {
  const V *open, *high, *low, *close, *volume;
  std::size_t rows;
  [[nodiscard]] BarOf<V> bar(std::size_t i) const {
    return {open[i], high[i], low[i], close[i], volume[i], i};
  }
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
