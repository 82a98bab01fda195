// Runs all tasks over the tickers of one group, a block of rows after another: bars of the tickers
// side by side into lanes, one pass per task, and the lanes of its outputs back into columns.
#include "ta/group.h"

#include "ta/bar_blocks.h"
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
        bars_({job.tickers, job.ticker_count}, *job.arena),
        states_(take<void*>(job.task_count)),
        first_output_(take<std::size_t>(job.task_count + 1)) {
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
      bars_.need(job.tasks[k].indicator->inputs);
    }
    reverse_shared();
    out_ = take<Lanes>(most * kBlockRows);
    spare_ = take<T>(kBlockRows);
    if (job.mode != Mode::fillna) return;
    bars_.need("close");
    fills_ = take<FillState>(first_output_[job.task_count]);
    for (std::size_t k = 0; k < job.task_count; ++k) {
      for (std::size_t o = first_output_[k]; o < first_output_[k + 1]; ++o) {
        ::new (&fills_[o]) FillState(fill_of(k, o));
      }
    }
  }

  void run() {
    for (std::size_t begin = 0; begin < bars_.rows(); begin += kBlockRows) {
      const Block<Lanes> block = bars_.load(begin);
      for (auto* one = shared_.series; one != nullptr; one = one->next) {
        one->run(one->state, block, one->out);
      }
      for (std::size_t k = 0; k < job_.task_count; ++k) {
        kPrograms[job_.indicators[k]]->run(states_[k], block, out_);
        if (job_.mode == Mode::fillna) fill(k, block);
        for (std::size_t o = first_output_[k]; o < first_output_[k + 1]; ++o) {
          store(o, out_ + (o - first_output_[k]) * kBlockRows, begin, block.rows);
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
    while (shared_.series != nullptr) {
      auto* const next = shared_.series->next;
      shared_.series->next = reversed;
      reversed = shared_.series;
      shared_.series = next;
    }
    shared_.series = reversed;
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

  void fill(std::size_t task, const Block<Lanes>& block) {
    for (std::size_t o = first_output_[task]; o < first_output_[task + 1]; ++o) {
      if (fill_of(task, o).kind == Fill::Kind::none) continue;
      fills_[o].run(out_ + (o - first_output_[task]) * kBlockRows, block.close, block.rows);
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
  BarBlocks bars_;
  void** states_;
  std::size_t* first_output_;  // of each task; then their number
  GroupShare<Lanes> shared_;
  Lanes* out_;
  T* spare_;  // takes the rows of lanes that have no ticker
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
