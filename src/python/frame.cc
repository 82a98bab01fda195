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

template <class T>
T known(T x, bool keep_infinite) {
  return keep_infinite || x - x == 0 ? x : static_cast<T>(ta::kNaN);
}

// Computes and writes one group of tickers after another.
template <class T>
class Worker {
 public:
  Worker(const FeaturePlan& plan, const RowOrder& order, const ta::Inputs& bars,
         const FeatureBlock<T>& out)
      : columns_(plan.columns.size()), order_(order), bars_(bars), out_(out), features_(plan) {}

  void run(std::span<const RowOrder::Group> tickers) {
    const bool in_place = order_.sorted().empty();
    if (!in_place) gather(tickers);
    std::vector<TickerInput> inputs;
    std::size_t at = 0;
    for (const auto& group : tickers) {
      const std::size_t rows = group.end - group.begin;
      inputs.push_back({order_.dates().subspan(group.begin, rows),
                        in_place ? part(bars_, group.begin, rows) : part(gathered(), at, rows)});
      at += rows;
    }
    features_.compute(inputs);
    in_place ? copy(tickers) : scatter(tickers);
  }

 private:
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

  void copy(std::span<const RowOrder::Group> tickers) {
    for (std::size_t t = 0; t < tickers.size(); ++t) {
      const std::size_t rows = tickers[t].end - tickers[t].begin;
      const auto columns = features_.columns(t);
      for (std::size_t c = 0; c < columns_; ++c) {
        T* const to = out_.values + c * out_.rows + tickers[t].begin;
        if (out_.keep_infinite) {
          std::copy_n(columns[c], rows, to);
        } else {
          std::transform(columns[c], columns[c] + rows, to, [](T x) { return known(x, false); });
        }
      }
    }
  }

  // In the order of the rows: where the tickers of a day stand side by side, whole lines are
  // written.
  void scatter(std::span<const RowOrder::Group> tickers) {
    targets_.clear();
    for (std::size_t t = 0; t < tickers.size(); ++t) {
      for (std::size_t i = tickers[t].begin; i < tickers[t].end; ++i) {
        targets_.push_back({order_.sorted()[i], t, i - tickers[t].begin});
      }
    }
    std::ranges::sort(targets_, {}, &Target::row);
    std::vector<const T*> from(tickers.size());
    for (std::size_t c = 0; c < columns_; ++c) {
      for (std::size_t t = 0; t < tickers.size(); ++t) from[t] = features_.columns(t)[c];
      T* const to = out_.values + c * out_.rows;
      for (const auto& target : targets_) {
        to[target.row] = known(from[target.ticker][target.at], out_.keep_infinite);
      }
    }
  }

  struct Target {
    std::size_t row, ticker, at;
  };

  std::size_t columns_;
  const RowOrder& order_;
  const ta::Inputs& bars_;
  const FeatureBlock<T>& out_;
  GroupFeatures<T> features_;
  std::array<std::vector<double>, 5> gathered_;
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
