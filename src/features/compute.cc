#include "features/compute.h"

#include <algorithm>
#include <cmath>

namespace signals {

void TickerFeatures::compute(std::span<const Date> dates, const ta::Inputs& in) {
  const std::size_t rows = in.rows();
  const std::size_t pad = plan_.max_lag();
  std::size_t outputs = 0;
  for (const auto* indicator : plan_.indicators) outputs += indicator->outputs.size();
  base_.resize(outputs);
  std::size_t next = 0;
  for (const auto* indicator : plan_.indicators) {
    std::vector<double*> out;
    for (std::size_t k = 0; k < indicator->outputs.size(); ++k, ++next) {
      base_[next].assign(pad + rows, ta::kNaN);
      out.push_back(base_[next].data() + pad);
    }
    indicator->compute(in, ta::default_params(*indicator), plan_.config.mode, out);
  }

  const std::size_t first =
      plan_.config.na == NaPolicy::drop ? std::min(pad, rows) : std::size_t{0};
  dates_.assign(dates.begin() + static_cast<std::ptrdiff_t>(first), dates.end());
  views_.clear();
  for (const auto& column : base_) {
    const double* at = column.data() + pad + first;
    views_.push_back(at);
    for (const int lag : plan_.config.lags) views_.push_back(at - lag);
  }
  if (plan_.config.na == NaPolicy::drop_any) drop_rows_with_nulls();
}

void TickerFeatures::drop_rows_with_nulls() {
  const auto stored = [&](double value) {
    return plan_.config.float64 ? std::isfinite(value) : std::isfinite(static_cast<float>(value));
  };
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < dates_.size(); ++i) {
    bool complete = true;
    for (std::size_t c = 0; complete && c < views_.size(); ++c) {
      complete = plan_.sparse[c] || stored(views_[c][i]);
    }
    if (complete) {
      kept.push_back(i);
    }
  }
  compact_.resize(views_.size());
  for (std::size_t c = 0; c < views_.size(); ++c) {
    compact_[c].resize(kept.size());
    for (std::size_t k = 0; k < kept.size(); ++k) compact_[c][k] = views_[c][kept[k]];
    views_[c] = compact_[c].data();
  }
  for (std::size_t k = 0; k < kept.size(); ++k) dates_[k] = dates_[kept[k]];
  dates_.resize(kept.size());
}

}  // namespace signals
