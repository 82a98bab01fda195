// Fetched rows of tests.
#pragma once

#include <span>

#include "pipeline/bars.h"

namespace signals {

// `rows`: of one currency, one exchange and one time of fetching.
inline FetchedRows fetched_rows(std::span<const PriceRow> rows) {
  FetchedRows fetched;
  for (const auto& row : rows) {
    fetched.currency = row.currency;
    fetched.exchange = row.exchange;
    fetched.fetched_at = row.fetched_at;
    fetched.bars.push_back({static_cast<std::int32_t>(row.date.time_since_epoch().count()),
                            row.settled, row.open, row.high, row.low, row.close, row.volume});
  }
  return fetched;
}

}  // namespace signals
