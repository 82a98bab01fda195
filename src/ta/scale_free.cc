#include "ta/scale_free.h"

#include <algorithm>
#include <array>
#include <vector>

namespace signals::ta {
namespace {

// A month of sessions.
constexpr std::size_t kRows = 20;

// The mean of the last 20 values, each window summed anew so that it depends on nothing before it.
template <class F>
std::vector<double> mean_of(std::size_t rows, F value) {
  std::vector<double> means(rows, kNaN);
  for (std::size_t i = kRows - 1; i < rows; ++i) {
    double sum = 0;
    for (std::size_t k = i + 1 - kRows; k <= i; ++k) sum += value(k);
    means[i] = sum / static_cast<double>(kRows);
  }
  return means;
}

}  // namespace

std::string_view scale_free_form(Unit unit) {
  constexpr std::array kForms = {"x",
                                 "x / C - 1",
                                 "x / C",
                                 "(x - x[-20]) / (20 * SMA20(V))",
                                 "x / SMA20(C * V)",
                                 "x / 1e8 * SMA20(V) / C^2",
                                 "x / x[-20] - 1",
                                 "(100 + x) / (100 + x[-20]) - 1"};
  return kForms[static_cast<std::size_t>(unit)];
}

void scale_free(Unit unit, const Inputs& in, std::span<const double> x, std::span<double> out) {
  const std::size_t rows = in.rows();
  const auto before = [&](std::size_t i) { return i < kRows ? kNaN : x[i - kRows]; };
  const auto volume = [&](std::size_t i) { return in.volume[i]; };
  const auto money = [&](std::size_t i) { return in.close[i] * in.volume[i]; };
  std::vector<double> mean;
  if (unit == Unit::volume || unit == Unit::price_squared_per_volume) mean = mean_of(rows, volume);
  if (unit == Unit::money) mean = mean_of(rows, money);
  for (std::size_t i = 0; i < rows; ++i) {
    const double close = in.close[i];
    switch (unit) {
      case Unit::none:
        out[i] = x[i];
        break;
      case Unit::price:
        out[i] = x[i] / close - 1.0;
        break;
      case Unit::price_difference:
        out[i] = x[i] / close;
        break;
      case Unit::volume:
        out[i] = (x[i] - before(i)) / (static_cast<double>(kRows) * mean[i]);
        break;
      case Unit::money:
        out[i] = x[i] / mean[i];
        break;
      case Unit::price_squared_per_volume:
        out[i] = x[i] / 1e8 * mean[i] / (close * close);
        break;
      case Unit::first_bar:
        out[i] = x[i] / before(i) - 1.0;
        break;
      case Unit::first_bar_percent:
        out[i] = (100.0 + x[i]) / (100.0 + before(i)) - 1.0;
        break;
    }
  }
}

}  // namespace signals::ta
