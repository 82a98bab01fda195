// Runs all tasks over the tickers of one group, a block of rows after another: bars of the tickers
// side by side into lanes, one pass per task, and the lanes of its outputs back into columns.
#include "ta/group.h"

#include "ta/kernel.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

#define SIGNALS_INDICATOR(Kernel) extern const Program kProgram##Kernel;
#include "ta/indicators.def"
#undef SIGNALS_INDICATOR

namespace {

constexpr const Program* kPrograms[] = {
#define SIGNALS_INDICATOR(Kernel) &kProgram##Kernel,
#include "ta/indicators.def"
#undef SIGNALS_INDICATOR
};

// As T; what is infinite then as NaN, if only finite values are wanted.
template <class T, bool kFinite>
Vector<T> narrow(Lanes x) {
  Vector<T> value;
  if constexpr (kScalar<Lanes>) {
    value = static_cast<T>(x);
  } else {
    value = __builtin_convertvector(x, Vector<T>);
  }
  if constexpr (kFinite) value = value - value == 0 ? value : Vector<T>{} + static_cast<T>(kNaN);
  return value;
}

#if SIGNALS_LANES == 1
void load_lanes(const double* const* from, std::size_t rows, Lanes* to) {
  for (std::size_t i = 0; i < rows; ++i) to[i] = from[0][i];
}

template <class T, bool kFinite>
void store_lanes(const Lanes* from, std::size_t rows, T* const* to) {
  for (std::size_t i = 0; i < rows; ++i) to[0][i] = narrow<T, kFinite>(from[i]);
}
#else
// Rows of vectors to columns: log2(width) exchanges of blocks of 1, 2, 4… elements.
template <std::size_t kStep, class T, std::size_t... I>
void exchange(Vector<T>& a, Vector<T>& b, std::index_sequence<I...> /*lanes*/) {
  const Vector<T> even =
      __builtin_shufflevector(a, b, ((I & kStep) == 0 ? I : I - kStep + kWidth)...);
  b = __builtin_shufflevector(a, b, ((I & kStep) == 0 ? I + kStep : I + kWidth)...);
  a = even;
}

template <std::size_t kStep, class T>
void transpose_from(Vector<T> (&rows)[kWidth]) {
  if constexpr (kStep < kWidth) {
    for (std::size_t i = 0; i < kWidth; ++i) {
      if ((i & kStep) == 0) {
        exchange<kStep, T>(rows[i], rows[i + kStep], std::make_index_sequence<kWidth>());
      }
    }
    transpose_from<2 * kStep, T>(rows);
  }
}

template <class T>
void transpose(Vector<T> (&rows)[kWidth]) {
  transpose_from<1, T>(rows);
}

// `rows` values of each lane's column, side by side. A null column gives NaN.
void load_lanes(const double* const* from, std::size_t rows, Lanes* to) {
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

// Past the caches, into a whole line of memory, where the CPU can.
template <class T>
void stream(T* to, const Vector<T>& values) {
#if defined(__AVX__)
  if constexpr (sizeof(values) == 64) {
    _mm512_stream_ps(reinterpret_cast<float*>(to), __builtin_bit_cast(__m512, values));
  } else if constexpr (sizeof(values) == 32) {
    _mm256_stream_ps(reinterpret_cast<float*>(to), __builtin_bit_cast(__m256, values));
  } else if constexpr (sizeof(values) == 16) {
    _mm_stream_ps(reinterpret_cast<float*>(to), __builtin_bit_cast(__m128, values));
  }
#else
  __builtin_memcpy(to, &values, sizeof(values));
#endif
}

template <class T, bool kFinite>
void store_lanes(const Lanes* from, std::size_t rows, T* const* to) {
  constexpr std::size_t kLine = 64 / sizeof(T) / kWidth;  // vectors in a line of memory
  bool aligned = true;
  for (std::size_t lane = 0; lane < kWidth; ++lane) {
    aligned = aligned && reinterpret_cast<std::uintptr_t>(to[lane]) % 64 == 0;
  }
  std::size_t i = 0;
  for (; i + kLine * kWidth <= rows; i += kLine * kWidth) {
    Vector<T> parts[kLine][kWidth];
    for (std::size_t p = 0; p < kLine; ++p) {
      for (std::size_t k = 0; k < kWidth; ++k) {
        parts[p][k] = narrow<T, kFinite>(from[i + p * kWidth + k]);
      }
      transpose<T>(parts[p]);
    }
    for (std::size_t lane = 0; lane < kWidth; ++lane) {
      for (std::size_t p = 0; p < kLine; ++p) {
        T* const at = to[lane] + i + p * kWidth;
        if (aligned) {
          stream<T>(at, parts[p][lane]);
        } else {
          __builtin_memcpy(at, &parts[p][lane], sizeof(parts[p][lane]));
        }
      }
    }
  }
  for (; i + kWidth <= rows; i += kWidth) {
    Vector<T> part[kWidth];
    for (std::size_t k = 0; k < kWidth; ++k) part[k] = narrow<T, kFinite>(from[i + k]);
    transpose<T>(part);
    for (std::size_t lane = 0; lane < kWidth; ++lane) {
      __builtin_memcpy(to[lane] + i, &part[lane], sizeof(part[lane]));
    }
  }
  for (; i < rows; ++i) {
    const Vector<T> values = narrow<T, kFinite>(from[i]);
    for (std::size_t lane = 0; lane < kWidth; ++lane) to[lane][i] = values[lane];
  }
}
#endif

// Whoever reads the columns next, on whatever core, sees what was streamed.
void finish_streams() {
#if SIGNALS_LANES > 1 && defined(__AVX__)
  _mm_sfence();
#endif
}

// One output column that fillna fills, from block to block.
struct FillState {
  Lanes last;
  MaskOf<Lanes> seen;

  explicit FillState(const Fill& rule)
      : last(splat<Lanes>(rule.kind == Fill::Kind::constant ? rule.value : kNaN)),
        seen(is_known(splat<Lanes>(rule.kind == Fill::Kind::close ? kNaN : 0.0))) {}

  void run(Lanes* column, const Lanes* close, std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
      const MaskOf<Lanes> finite = is_finite(column[i]);
      last = finite ? column[i] : last;
      seen = either(seen, finite);
      column[i] = seen ? last : close[i];
    }
  }
};

template <class T>
void fill_backward(T* column, std::size_t rows) {
  std::size_t first = 0;
  while (first < rows && column[first] != column[first]) ++first;
  for (std::size_t i = 0; first < rows && i < first; ++i) column[i] = column[first];
}

template <class T>
class Group {
 public:
  explicit Group(const GroupJob& job)
      : job_(job),
        states_(take<void*>(job.task_count)),
        first_output_(take<std::size_t>(job.task_count + 1)) {
    for (std::size_t t = 0; t < job.ticker_count; ++t) {
      rows_ = job.tickers[t].rows() > rows_ ? job.tickers[t].rows() : rows_;
    }
    std::size_t most = 0;
    first_output_[0] = 0;
    for (std::size_t k = 0; k < job.task_count; ++k) {
      Setup<Lanes> setup(job.tasks[k].params, job.mode, {job.tickers, job.ticker_count}, *job.arena,
                         &shared_);
      const Program& program = *kPrograms[job.indicators[k]];
      states_[k] = job.arena->take(program.bytes);
      program.start(states_[k], setup);
      const std::size_t outputs = job.tasks[k].indicator->outputs.size();
      first_output_[k + 1] = first_output_[k] + outputs;
      most = outputs > most ? outputs : most;
      needs(job.tasks[k].indicator->inputs);
    }
    reverse_shared();
    for (auto& column : bars_) column = take<Lanes>(kBlockRows);
    out_ = take<Lanes>(most * kBlockRows);
    spare_ = take<T>(kBlockRows);
    spare_in_ = take<double>(kBlockRows * kWidth);
    if (job.mode != Mode::fillna) return;
    needs_[3] = true;
    fills_ = take<FillState>(first_output_[job.task_count]);
    for (std::size_t k = 0; k < job.task_count; ++k) {
      for (std::size_t o = first_output_[k]; o < first_output_[k + 1]; ++o) {
        ::new (&fills_[o]) FillState(fill_of(k, o));
      }
    }
  }

  void run() {
    for (std::size_t begin = 0; begin < rows_; begin += kBlockRows) {
      const std::size_t rows = rows_ - begin < kBlockRows ? rows_ - begin : kBlockRows;
      load(begin, rows);
      const Block<Lanes> block{bars_[0], bars_[1], bars_[2], bars_[3], bars_[4], rows};
      for (auto* one = shared_; one != nullptr; one = one->next) {
        one->run(one->state, block, one->out);
      }
      for (std::size_t k = 0; k < job_.task_count; ++k) {
        kPrograms[job_.indicators[k]]->run(states_[k], block, out_);
        if (job_.mode == Mode::fillna) fill(k, rows);
        for (std::size_t o = first_output_[k]; o < first_output_[k + 1]; ++o) {
          store(o, out_ + (o - first_output_[k]) * kBlockRows, begin, rows);
        }
      }
    }
    finish_streams();
    if (job_.mode == Mode::fillna) finish_fills();
  }

 private:
  template <class U>
  U* take(std::size_t count) {
    return static_cast<U*>(job_.arena->take(count * sizeof(U)));
  }

  [[nodiscard]] const Fill& fill_of(std::size_t task, std::size_t output) const {
    return job_.tasks[task].indicator->outputs[output - first_output_[task]].fill;
  }

  // In the order in which they were asked for: one may be made of those before it.
  void reverse_shared() {
    SharedSeries<Lanes>* reversed = nullptr;
    while (shared_ != nullptr) {
      auto* const next = shared_->next;
      shared_->next = reversed;
      reversed = shared_;
      shared_ = next;
    }
    shared_ = reversed;
  }

  void needs(std::string_view inputs) {
    constexpr std::string_view kNames[] = {"open", "high", "low", "close", "volume"};
    for (std::size_t c = 0; c < 5; ++c) {
      needs_[c] = needs_[c] || inputs.find(kNames[c]) != std::string_view::npos;
    }
  }

  void load(std::size_t begin, std::size_t rows) {
    for (std::size_t c = 0; c < 5; ++c) {
      if (!needs_[c]) continue;
      const double* from[kWidth];
      for (std::size_t lane = 0; lane < kWidth; ++lane) {
        const double* const column = lane < job_.ticker_count ? input(lane, c).data() : nullptr;
        const std::size_t size = lane < job_.ticker_count ? job_.tickers[lane].rows() : 0;
        if (begin + rows <= size) {
          from[lane] = column + begin;
          continue;
        }
        double* const part = spare_in_ + lane * kBlockRows;  // what is left, then nothing
        for (std::size_t i = 0; i < rows; ++i)
          part[i] = begin + i < size ? column[begin + i] : kNaN;
        from[lane] = part;
      }
      load_lanes(from, rows, bars_[c]);
    }
  }

  [[nodiscard]] const std::span<const double>& input(std::size_t ticker, std::size_t c) const {
    const Inputs& in = job_.tickers[ticker];
    return c == 0 ? in.open : c == 1 ? in.high : c == 2 ? in.low : c == 3 ? in.close : in.volume;
  }

  [[nodiscard]] T* column(std::size_t ticker, std::size_t output) const {
    return static_cast<T*>(job_.out[ticker * first_output_[job_.task_count] + output]);
  }

  void store(std::size_t output, const Lanes* from, std::size_t begin, std::size_t rows) {
    T* to[kWidth];
    bool whole = true;
    for (std::size_t lane = 0; lane < kWidth; ++lane) {
      to[lane] = spare_;
      if (lane >= job_.ticker_count || job_.tickers[lane].rows() <= begin) continue;
      if (job_.tickers[lane].rows() < begin + rows) {
        whole = false;
      } else {
        to[lane] = column(lane, output) + begin;
      }
    }
    job_.finite ? store_lanes<T, true>(from, rows, to) : store_lanes<T, false>(from, rows, to);
    for (std::size_t lane = 0; !whole && lane < job_.ticker_count; ++lane) {
      const std::size_t size = job_.tickers[lane].rows();
      if (size <= begin || size >= begin + rows) continue;
      for (std::size_t i = 0; i < size - begin; ++i) {
        const T value = static_cast<T>(lane_of(from[i], lane));
        const bool hidden = job_.finite && value - value != 0;
        column(lane, output)[begin + i] = hidden ? static_cast<T>(kNaN) : value;
      }
    }
  }

  void fill(std::size_t task, std::size_t rows) {
    for (std::size_t o = first_output_[task]; o < first_output_[task + 1]; ++o) {
      if (fill_of(task, o).kind == Fill::Kind::none) continue;
      fills_[o].run(out_ + (o - first_output_[task]) * kBlockRows, bars_[3], rows);
    }
  }

  void finish_fills() {
    for (std::size_t k = 0; k < job_.task_count; ++k) {
      for (std::size_t o = first_output_[k]; o < first_output_[k + 1]; ++o) {
        if (fill_of(k, o).kind != Fill::Kind::backward) continue;
        for (std::size_t t = 0; t < job_.ticker_count; ++t) {
          fill_backward(column(t, o), job_.tickers[t].rows());
        }
      }
    }
  }

  const GroupJob& job_;
  void** states_;
  std::size_t* first_output_;  // of each task; then their number
  SharedSeries<Lanes>* shared_ = nullptr;
  std::size_t rows_ = 0;  // of the longest ticker
  bool needs_[5] = {};
  Lanes* bars_[5];
  Lanes* out_;
  T* spare_;  // takes the rows of lanes that have no ticker
  double* spare_in_;
  FillState* fills_ = nullptr;
};

}  // namespace
}  // namespace SIGNALS_WIDTH

namespace widths {

#define SIGNALS_JOIN2(a, b) a##b
#define SIGNALS_JOIN(a, b) SIGNALS_JOIN2(a, b)
void SIGNALS_JOIN(run_group, SIGNALS_LANES)(const GroupJob& job) {
  if (job.float64) {
    Group<double>(job).run();
  } else {
    Group<float>(job).run();
  }
}

}  // namespace widths
}  // namespace signals::ta
