// The features of one ticker: indicator columns, their lags as views, and the rows that are kept.
#pragma once

#include <span>
#include <vector>

#include "core/date.h"
#include "features/plan.h"

namespace signals {

// Buffers for one ticker after another. Views hold until the next compute().
class TickerFeatures {
 public:
  explicit TickerFeatures(const FeaturePlan& plan) : plan_(plan) {}

  // `in` holds the ticker's whole history; `dates` its dates, ascending.
  void compute(std::span<const Date> dates, const ta::Inputs& in);

  // The kept rows: dates, and for each column of the plan the value on each of them (NaN: null).
  [[nodiscard]] std::span<const Date> dates() const { return dates_; }
  [[nodiscard]] std::span<const double* const> columns() const { return views_; }

 private:
  void drop_rows_with_nulls();

  const FeaturePlan& plan_;
  std::vector<std::vector<double>> base_;  // per indicator column: max_lag NaNs, then the rows
  std::vector<std::vector<double>> compact_;
  std::vector<Date> dates_;
  std::vector<const double*> views_;
};

}  // namespace signals
