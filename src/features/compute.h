// The features of a group of tickers: indicator columns, their lags as views, and the rows that are
// kept.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "core/date.h"
#include "features/plan.h"
#include "ta/engine.h"

namespace signals {

// One ticker's whole history: `dates` ascending, one for each row of `bars`. Both outlive the views
// of what is computed from them.
struct TickerInput {
  std::span<const Date> dates;
  ta::Inputs bars;
};

// What the engine computes for a plan: its columns without their lags. `plan` outlives them.
std::vector<ta::Task> engine_tasks(const FeaturePlan& plan);

// Buffers for one group of tickers after another; T is float or double. Values are the engine's:
// NaN where unknown, infinities where `ta` has them. Views hold until the next compute(). One
// object serves one thread; objects share nothing, and a ticker's values do not depend on its
// group.
template <class T>
class GroupFeatures {
 public:
  // `plan` outlives this.
  explicit GroupFeatures(const FeaturePlan& plan);

  void compute(std::span<const TickerInput> tickers);

  // Of ticker t of the group, the kept rows: their dates, and for each column of the plan (lags
  // included) the value on each of these dates.
  [[nodiscard]] std::span<const Date> dates(std::size_t t) const { return tickers_[t].dates; }
  [[nodiscard]] std::span<const T* const> columns(std::size_t t) const { return tickers_[t].views; }

 private:
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  struct Ticker {
    std::unique_ptr<T, Free> base;  // per indicator column: max_lag NaNs, then the rows
    std::size_t capacity = 0;
    std::vector<T> compact;
    std::vector<Date> kept_dates;
    std::span<const Date> dates;
    std::vector<const T*> views;
  };
  void make_room(const TickerInput& in, Ticker& ticker);
  void drop_rows_with_nulls(Ticker& ticker) const;

  const FeaturePlan& plan_;
  ta::Engine engine_;
  std::vector<Ticker> tickers_;
  std::vector<ta::Inputs> inputs_;
  std::vector<T*> out_;
};

extern template class GroupFeatures<float>;
extern template class GroupFeatures<double>;

}  // namespace signals
