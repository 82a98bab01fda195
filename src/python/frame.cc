#include "python/frame.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "features/compute.h"

namespace signals {
namespace {

// Tickers that are computed together: whole vectors of lanes, and a line of the cache where the
// rows of a day stand side by side.
constexpr std::size_t kTogether = 16;

// Deals the numbers 0…jobs-1 to threads; `start` makes the worker of each thread.
template <class Start>
void deal(std::size_t jobs, int threads, const Start& start) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&] {
    try {
      auto worker = start();
      for (std::size_t job = next++; job < jobs; job = next++) worker(job);
    } catch (...) {  // no memory left
      const std::lock_guard lock(mutex);
      error = std::current_exception();
      next = jobs;
    }
  };
  std::vector<std::thread> helpers;
  const std::size_t wanted = std::min(static_cast<std::size_t>(std::max(threads, 1)), jobs);
  for (std::size_t i = 1; i < wanted; ++i) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();
  if (error) std::rethrow_exception(error);
}

// Computes and writes one group of tickers after another.
template <class T>
class Worker {
 public:
  Worker(const FeaturePlan& plan, const RowOrder& order, const ta::Inputs& bars,
         const FeatureBlock<T>& out)
      : plan_(plan),
        order_(order),
        bars_(bars),
        out_(out),
        engine_(engine_tasks(plan), plan.config.mode, 0,
                out.keep_infinite ? ta::Infinities::keep : ta::Infinities::hide) {}

  void run(std::span<const RowOrder::Group> tickers) {
    order_.sorted().empty() ? run_in_place(tickers) : run_sorted(tickers);
  }

 private:
  [[nodiscard]] std::size_t lags() const { return plan_.config.lags.size(); }

  // Rows of a ticker stand together: the engine writes where the results belong.
  void run_in_place(std::span<const RowOrder::Group> tickers) {
    std::vector<ta::Inputs> inputs;
    std::vector<T*> out;
    for (const auto& group : tickers) {
      inputs.push_back(part(bars_, group.begin, group.end - group.begin));
      for (std::size_t c = 0; c < engine_.columns(); ++c) {
        out.push_back(out_.values + c * (1 + lags()) * out_.rows + group.begin);
      }
    }
    engine_.compute(inputs, std::span<T* const>(out));
    for (std::size_t t = 0; lags() > 0 && t < tickers.size(); ++t) {
      const std::size_t rows = tickers[t].end - tickers[t].begin;
      for (std::size_t c = 0; c < engine_.columns(); ++c) {
        write_lags(out[t * engine_.columns() + c], rows);
      }
    }
  }

  // Behind a column of a ticker those of its lags.
  void write_lags(T* column, std::size_t rows) const {
    for (std::size_t k = 0; k < lags(); ++k) {
      const auto lag = std::min(rows, static_cast<std::size_t>(plan_.config.lags[k]));
      T* const to = column + (k + 1) * out_.rows;
      std::fill_n(to, lag, static_cast<T>(ta::kNaN));
      std::copy_n(column, rows - lag, to + lag);
    }
  }

  // Rows of a ticker are anywhere: gathered, computed, and scattered with their lags.
  void run_sorted(std::span<const RowOrder::Group> tickers) {
    gather(tickers);
    std::vector<ta::Inputs> inputs;
    std::size_t at = 0;
    for (const auto& group : tickers) {
      inputs.push_back(part(gathered(), at, group.end - group.begin));
      at += group.end - group.begin;
    }
    computed_.resize(engine_.columns() * at);
    std::vector<T*> out;
    T* next = computed_.data();
    for (const auto& group : tickers) {
      for (std::size_t c = 0; c < engine_.columns(); ++c, next += group.end - group.begin) {
        out.push_back(next);
      }
    }
    engine_.compute(inputs, std::span<T* const>(out));
    scatter(tickers, out);
  }

  static ta::Inputs part(const ta::Inputs& all, std::size_t begin, std::size_t rows) {
    return {all.open.subspan(begin, rows), all.high.subspan(begin, rows),
            all.low.subspan(begin, rows), all.close.subspan(begin, rows),
            all.volume.subspan(begin, rows)};
  }

  [[nodiscard]] ta::Inputs gathered() const {
    return {gathered_[0], gathered_[1], gathered_[2], gathered_[3], gathered_[4]};
  }

  void gather(std::span<const RowOrder::Group> tickers) {
    const std::array columns = {bars_.open, bars_.high, bars_.low, bars_.close, bars_.volume};
    for (std::size_t c = 0; c < columns.size(); ++c) {
      gathered_[c].clear();
      for (const auto& group : tickers) {
        for (std::size_t i = group.begin; i < group.end; ++i) {
          gathered_[c].push_back(columns[c][order_.sorted()[i]]);
        }
      }
    }
  }

  // In the order of the rows: where the tickers of a day stand side by side, whole lines are
  // written.
  void scatter(std::span<const RowOrder::Group> tickers, std::span<T* const> columns) {
    targets_.clear();
    for (std::size_t t = 0; t < tickers.size(); ++t) {
      for (std::size_t i = tickers[t].begin; i < tickers[t].end; ++i) {
        targets_.push_back({order_.sorted()[i], t, i - tickers[t].begin});
      }
    }
    std::ranges::sort(targets_, {}, &Target::row);
    T* to = out_.values;
    for (std::size_t c = 0; c < engine_.columns(); ++c) {
      for (std::size_t k = 0; k <= lags(); ++k, to += out_.rows) {
        const std::size_t lag = k == 0 ? 0 : static_cast<std::size_t>(plan_.config.lags[k - 1]);
        for (const auto& target : targets_) {
          const T* const from = columns[target.ticker * engine_.columns() + c];
          to[target.row] = target.at < lag ? static_cast<T>(ta::kNaN) : from[target.at - lag];
        }
      }
    }
  }

  struct Target {
    std::size_t row, ticker, at;
  };

  const FeaturePlan& plan_;
  const RowOrder& order_;
  const ta::Inputs& bars_;
  const FeatureBlock<T>& out_;
  ta::Engine engine_;
  std::array<std::vector<double>, 5> gathered_;
  std::vector<T> computed_;
  std::vector<Target> targets_;
};

}  // namespace

template <class T>
void compute_frame(const FeaturePlan& plan, const RowOrder& order, const ta::Inputs& bars,
                   const FeatureBlock<T>& out, int threads) {
  // Long histories first: the threads end together, and the lanes of a vector are of one length.
  std::vector<RowOrder::Group> tickers(order.groups().begin(), order.groups().end());
  std::ranges::stable_sort(tickers, std::greater{},
                           [](const auto& group) { return group.end - group.begin; });
  // Few tickers are still shared by all threads.
  const std::size_t each = tickers.size() / static_cast<std::size_t>(std::max(threads, 1));
  const std::size_t together = std::clamp<std::size_t>(each, 1, kTogether);
  std::vector<std::span<const RowOrder::Group>> jobs;
  for (std::size_t i = 0; i < tickers.size(); i += together) {
    jobs.push_back(std::span(tickers).subspan(i, std::min(together, tickers.size() - i)));
  }
  deal(jobs.size(), threads, [&] {
    return [&jobs, worker = Worker<T>(plan, order, bars, out)](std::size_t job) mutable {
      worker.run(jobs[job]);
    };
  });
}

template <class T>
std::vector<std::int64_t> mark_valid(const T* block, std::size_t columns, std::size_t rows,
                                     std::uint8_t* bits, std::size_t stride, int threads) {
  std::vector<std::int64_t> nulls(columns);
  const auto mark = [&](std::size_t c) {
    const T* const values = block + c * rows;
    std::uint8_t* const to = bits + c * stride;
    std::size_t valid = 0;
    for (std::size_t i = 0; i < rows; i += 8) {
      unsigned byte = 0;
      const std::size_t count = std::min<std::size_t>(8, rows - i);
      for (std::size_t k = 0; k < count; ++k) {
        const unsigned bit = values[i + k] == values[i + k] ? 1 : 0;
        byte |= bit << k;
        valid += bit;
      }
      to[i / 8] = static_cast<std::uint8_t>(byte);
    }
    nulls[c] = static_cast<std::int64_t>(rows - valid);
  };
  deal(columns, threads, [&] { return mark; });
  return nulls;
}

template void compute_frame(const FeaturePlan&, const RowOrder&, const ta::Inputs&,
                            const FeatureBlock<float>&, int);
template void compute_frame(const FeaturePlan&, const RowOrder&, const ta::Inputs&,
                            const FeatureBlock<double>&, int);
template std::vector<std::int64_t> mark_valid(const float*, std::size_t, std::size_t, std::uint8_t*,
                                              std::size_t, int);
template std::vector<std::int64_t> mark_valid(const double*, std::size_t, std::size_t,
                                              std::uint8_t*, std::size_t, int);

}  // namespace signals
