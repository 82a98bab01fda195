// Values of a chart in two bytes each: what differs from the stored ones cannot be seen.
#pragma once

#include <span>
#include <string>

namespace signals {

// value = low + (high - low) * n / 65534 for each n of `text`, base64 of two bytes, the lower one
// first; n = 65535 is an unknown value. The bounds are NaN when all are unknown.
struct PackedColumn {
  double low, high;
  std::string text;
};

// NaN is unknown.
PackedColumn pack_column(std::span<const double> values);

}  // namespace signals
