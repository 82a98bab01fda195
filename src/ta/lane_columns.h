// Columns of tickers to lanes and back.
#pragma once

#include <utility>

#include "ta/lanes.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

#if SIGNALS_LANES == 1
inline void load_lanes(const double* const* from, std::size_t rows, Lanes* to) {
  for (std::size_t i = 0; i < rows; ++i) to[i] = from[0][i];
}

// As T; what is infinite then becomes NaN if only finite values are wanted.
template <class T, bool kFinite>
void store_lanes(const Lanes* from, std::size_t rows, T* const* to) {
  for (std::size_t i = 0; i < rows; ++i) {
    const T value = static_cast<T>(from[i]);
    to[0][i] = !kFinite || value - value == 0 ? value : static_cast<T>(kNaN);
  }
}

inline void finish_streams() {}
#else
// A register of values, row after row of all lanes: one row of doubles or two of floats.
template <class T>
inline constexpr std::size_t kRegister = sizeof(Lanes) / sizeof(T);
template <class T>
using Register = Vector<T, kRegister<T> >;

// Rows to columns: log2(width) exchanges of blocks of 1, 2, 4… lanes. In rows[k] stand the rows k
// and, where two fit, k + kWidth; afterwards in rows[k] the rows of lane k.
template <std::size_t kStep, class T, std::size_t... I>
void exchange(Register<T>& a, Register<T>& b, std::index_sequence<I...> /*values*/) {
  const Register<T> even =
      __builtin_shufflevector(a, b, ((I & kStep) == 0 ? I : I - kStep + sizeof...(I))...);
  b = __builtin_shufflevector(a, b, ((I & kStep) == 0 ? I + kStep : I + sizeof...(I))...);
  a = even;
}

template <class T, std::size_t kStep = 1>
[[gnu::always_inline]] inline void transpose(Register<T> (&rows)[kWidth]) {
  if constexpr (kStep < kWidth) {
    for (std::size_t i = 0; i < kWidth; ++i) {
      if ((i & kStep) == 0) {
        exchange<kStep, T>(rows[i], rows[i + kStep], std::make_index_sequence<kRegister<T> >());
      }
    }
    transpose<T, 2 * kStep>(rows);
  }
}

// `rows` values of each lane's column, side by side.
inline void load_lanes(const double* const* from, std::size_t rows, Lanes* to) {
  std::size_t i = 0;
  for (; i + kWidth <= rows; i += kWidth) {
    Lanes part[kWidth];
    for (std::size_t lane = 0; lane < kWidth; ++lane) {
      __builtin_memcpy(&part[lane], from[lane] + i, sizeof(Lanes));
    }
    transpose<double>(part);
    for (std::size_t k = 0; k < kWidth; ++k) to[i + k] = part[k];
  }
  for (; i < rows; ++i) {
    for (std::size_t lane = 0; lane < kWidth; ++lane) to[i][lane] = from[lane][i];
  }
}

template <class T, std::size_t... I>
Register<T> join(Vector<T> a, Vector<T> b, std::index_sequence<I...> /*values*/) {
  return __builtin_shufflevector(a, b, I...);
}

// kRegister rows of lanes as columns of T; what is infinite then becomes NaN if only finite values
// are wanted.
template <class T, bool kFinite>
[[gnu::always_inline]] inline void narrow(const Lanes* from, Register<T> (&columns)[kWidth]) {
  for (std::size_t k = 0; k < kWidth; ++k) {
    if constexpr (kRegister<T> == kWidth) {
      columns[k] = from[k];
    } else {
      columns[k] = join<T>(__builtin_convertvector(from[k], Vector<T>),
                           __builtin_convertvector(from[k + kWidth], Vector<T>),
                           std::make_index_sequence<kRegister<T> >());
    }
    if constexpr (kFinite) {
      columns[k] = columns[k] - columns[k] == 0 ? columns[k] : Register<T>{} + static_cast<T>(kNaN);
    }
  }
  transpose<T>(columns);
}

// Past the caches, into a whole line of memory, where the CPU can.
template <class R>
void stream(void* to, const R& values) {
#if defined(__AVX512F__)
  _mm512_stream_ps(static_cast<float*>(to), __builtin_bit_cast(__m512, values));
#elif defined(__AVX__)
  _mm256_stream_ps(static_cast<float*>(to), __builtin_bit_cast(__m256, values));
#else
  __builtin_memcpy(to, &values, sizeof(values));
#endif
}

template <class T>
void store_first(T* to, const Register<T>& values, std::size_t count) {
#if defined(__AVX512F__)
  const auto mask = (1U << count) - 1U;
  if constexpr (sizeof(T) == sizeof(float)) {
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>(mask), __builtin_bit_cast(__m512, values));
  } else {
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>(mask), __builtin_bit_cast(__m512d, values));
  }
#else
  for (std::size_t i = 0; i < count; ++i) to[i] = values[i];
#endif
}

// The lanes of `rows` rows, each into its column; rows beyond them, up to a whole block, are read.
template <class T, bool kFinite>
void store_lanes(const Lanes* from, std::size_t rows, T* const* to) {
  constexpr std::size_t kStep = kRegister<T>;
  constexpr std::size_t kParts = 64 / sizeof(Lanes);  // of a line of memory
  static_assert(kBlockRows % (kParts * kStep) == 0);
  bool aligned = true;
  for (std::size_t lane = 0; lane < kWidth; ++lane) {
    aligned = aligned && reinterpret_cast<std::uintptr_t>(to[lane]) % 64 == 0;
  }
  std::size_t i = 0;
  for (; aligned && i + kParts * kStep <= rows; i += kParts * kStep) {
    Register<T> parts[kParts][kWidth];
    for (std::size_t p = 0; p < kParts; ++p) narrow<T, kFinite>(from + i + p * kStep, parts[p]);
    for (std::size_t lane = 0; lane < kWidth; ++lane) {
      for (std::size_t p = 0; p < kParts; ++p) stream(to[lane] + i + p * kStep, parts[p][lane]);
    }
  }
  for (; i < rows; i += kStep) {
    Register<T> columns[kWidth];
    narrow<T, kFinite>(from + i, columns);
    for (std::size_t lane = 0; lane < kWidth; ++lane) {
      if (i + kStep <= rows) {
        __builtin_memcpy(to[lane] + i, &columns[lane], sizeof(columns[lane]));
      } else {
        store_first<T>(to[lane] + i, columns[lane], rows - i);
      }
    }
  }
}

// Whoever reads the columns next, on whatever core, sees what was streamed.
inline void finish_streams() {
#if defined(__AVX__)
  _mm_sfence();
#endif
}
#endif

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
