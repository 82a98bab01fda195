#include "features/compute.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace signals {

std::vector<ta::Task> engine_tasks(const FeaturePlan& plan) {
  std::vector<ta::Task> all;
  for (const auto& [indicator, params] : plan.indicators) all.push_back({indicator, params});
  return all;
}

template <class T>
GroupFeatures<T>::GroupFeatures(const FeaturePlan& plan)
    : plan_(plan), engine_(engine_tasks(plan), plan.config.mode) {}

template <class T>
void GroupFeatures<T>::compute(std::span<const TickerInput> tickers) {
  if (tickers_.size() < tickers.size()) tickers_.resize(tickers.size());
  inputs_.clear();
  out_.clear();
  for (std::size_t t = 0; t < tickers.size(); ++t) {
    inputs_.push_back(tickers[t].bars);
    make_room(tickers[t], tickers_[t]);
  }
  engine_.compute(inputs_, std::span<T* const>(out_));
  if (plan_.config.na != NaPolicy::drop_any) return;
  for (std::size_t t = 0; t < tickers.size(); ++t) drop_rows_with_nulls(tickers_[t]);
}

template <class T>
void GroupFeatures<T>::make_room(const TickerInput& in, Ticker& ticker) {
  // Rows begin on a line of memory: such columns the engine streams past the caches.
  constexpr std::size_t kLine = 64 / sizeof(T);
  const auto in_lines = [](std::size_t values) { return (values + kLine - 1) / kLine * kLine; };
  const std::size_t rows = in.bars.rows();
  const std::size_t pad = plan_.max_lag();
  const std::size_t first =
      plan_.config.na == NaPolicy::drop ? std::min(pad, rows) : std::size_t{0};
  const std::size_t begin = in_lines(pad);
  const std::size_t stride = begin + in_lines(rows);
  const std::size_t needed = stride * engine_.columns();
  if (ticker.capacity < needed) {
    ticker.base.reset();
    ticker.base.reset(static_cast<T*>(std::aligned_alloc(64, needed * sizeof(T))));
    if (!ticker.base) throw std::bad_alloc();
    ticker.capacity = needed;
  }
  ticker.dates = in.dates.subspan(first);
  ticker.views.clear();
  T* column = ticker.base.get();
  for (std::size_t c = 0; c < engine_.columns(); ++c, column += stride) {
    std::fill_n(column + begin - pad, pad, static_cast<T>(ta::kNaN));
    out_.push_back(column + begin);
    const T* const kept = column + begin + first;
    ticker.views.push_back(kept);
    for (const int lag : plan_.config.lags) ticker.views.push_back(kept - lag);
  }
}

template <class T>
void GroupFeatures<T>::drop_rows_with_nulls(Ticker& ticker) const {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < ticker.dates.size(); ++i) {
    bool complete = true;
    for (std::size_t c = 0; complete && c < ticker.views.size(); ++c) {
      complete = plan_.sparse[c] || std::isfinite(ticker.views[c][i]);
    }
    if (complete) kept.push_back(i);
  }
  ticker.compact.resize(ticker.views.size() * kept.size());
  T* at = ticker.compact.data();
  for (auto& view : ticker.views) {
    for (std::size_t k = 0; k < kept.size(); ++k) at[k] = view[kept[k]];
    view = at;
    at += kept.size();
  }
  ticker.kept_dates.clear();
  for (const std::size_t row : kept) ticker.kept_dates.push_back(ticker.dates[row]);
  ticker.dates = ticker.kept_dates;
}

template class GroupFeatures<float>;
template class GroupFeatures<double>;

}  // namespace signals
