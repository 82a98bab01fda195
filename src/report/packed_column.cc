#include "report/packed_column.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace signals {
namespace {

constexpr double kSteps = 65534;
constexpr std::uint16_t kUnknownStep = 65535;

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr const char* kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t some = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (k < some ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= some ? kLetters[group >> (18U - 6U * k) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace

PackedColumn pack_column(std::span<const double> values) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  std::vector<std::uint8_t> bytes;
  bytes.reserve(2 * values.size());
  for (const double value : values) {
    std::uint16_t step = kUnknownStep;
    if (!std::isnan(value)) {
      const double share = high > low ? (value - low) / (high - low) : 0;
      step = static_cast<std::uint16_t>(std::lround(share * kSteps));
    }
    bytes.push_back(static_cast<std::uint8_t>(step & 255U));
    bytes.push_back(static_cast<std::uint8_t>(step >> 8U));
  }
  if (low > high) low = high = std::numeric_limits<double>::quiet_NaN();
  return {low, high, base64(bytes)};
}

}  // namespace signals
