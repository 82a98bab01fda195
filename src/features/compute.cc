#include "features/compute.h"

#include <algorithm>
#include <cmath>

namespace signals {

template <class T>
void GroupFeatures<T>::compute(std::span<const TickerInput> tickers) {
  tickers_.resize(tickers.size());
  for (std::size_t t = 0; t < tickers.size(); ++t) compute_one(tickers[t], tickers_[t]);
}

template <class T>
void GroupFeatures<T>::compute_one(const TickerInput& in, Ticker& out) const {
  const std::size_t rows = in.bars.rows();
  const std::size_t pad = plan_.max_lag();
  std::size_t outputs = 0;
  for (const auto& planned : plan_.indicators) outputs += planned.indicator->outputs.size();
  out.base.assign(outputs * (pad + rows), static_cast<T>(ta::kNaN));
  std::vector<std::vector<double>> values;
  T* at = out.base.data();
  const std::size_t first =
      plan_.config.na == NaPolicy::drop ? std::min(pad, rows) : std::size_t{0};
  out.dates.assign(in.dates.begin() + static_cast<std::ptrdiff_t>(first), in.dates.end());
  out.views.clear();
  for (const auto& [indicator, params] : plan_.indicators) {
    values.assign(indicator->outputs.size(), std::vector<double>(rows));
    std::vector<double*> pointers;
    for (auto& one : values) pointers.push_back(one.data());
    indicator->compute(in.bars, params, plan_.config.mode, pointers);
    for (const auto& one : values) {
      std::ranges::transform(one, at + pad, [](double x) { return static_cast<T>(x); });
      const T* const column = at + pad + first;
      out.views.push_back(column);
      for (const int lag : plan_.config.lags) out.views.push_back(column - lag);
      at += pad + rows;
    }
  }
  if (plan_.config.na == NaPolicy::drop_any) drop_rows_with_nulls(out);
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
  for (std::size_t k = 0; k < kept.size(); ++k) ticker.dates[k] = ticker.dates[kept[k]];
  ticker.dates.resize(kept.size());
}

template class GroupFeatures<float>;
template class GroupFeatures<double>;

}  // namespace signals
