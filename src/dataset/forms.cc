#include "dataset/forms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>

namespace signals {

std::optional<CrossForm> find_form(std::string_view name) {
  const auto found = std::ranges::find(kFormNames, name);
  if (found == kFormNames.end()) return std::nullopt;
  return static_cast<CrossForm>(found - kFormNames.begin());
}

CrossSection::CrossSection(std::span<const std::string_view> countries) : all_(countries.size()) {
  std::iota(all_.begin(), all_.end(), 0U);
  std::map<std::string_view, std::vector<std::uint32_t>> by_country;
  for (const std::uint32_t i : all_) by_country[countries[i]].push_back(i);
  for (auto& [country, names] : by_country) countries_.push_back(std::move(names));
}

void CrossSection::apply(CrossForm form, std::span<const float> values, std::span<float> out) {
  std::ranges::fill(out, std::numeric_limits<float>::quiet_NaN());
  const bool normal = form == CrossForm::ranknorm || form == CrossForm::country_ranknorm;
  if (form == CrossForm::rank || form == CrossForm::ranknorm) {
    rank(values, all_, out, normal);
    return;
  }
  for (const auto& names : countries_) {
    const auto known =
        std::ranges::count_if(names, [&](std::uint32_t i) { return !std::isnan(values[i]); });
    if (known >= static_cast<std::ptrdiff_t>(kLeastOfCountry)) rank(values, names, out, normal);
  }
}

void CrossSection::rank(std::span<const float> values, std::span<const std::uint32_t> names,
                        std::span<float> out, bool normal) {
  order_.clear();
  for (const std::uint32_t i : names) {
    if (!std::isnan(values[i])) order_.push_back(i);
  }
  std::ranges::sort(order_, {}, [&](std::uint32_t i) { return values[i]; });
  const auto count = static_cast<double>(order_.size());
  for (std::size_t begin = 0; begin < order_.size();) {
    std::size_t end = begin + 1;
    while (end < order_.size() && values[order_[end]] == values[order_[begin]]) ++end;
    // The places begin + 1 to end share their mean.
    const double share = 0.5 * static_cast<double>(begin + end) / count;
    const auto value = static_cast<float>(normal ? normal_quantile(share) : share);
    for (std::size_t k = begin; k < end; ++k) out[order_[k]] = value;
    begin = end;
  }
}

double normal_quantile(double p) {
  if (p > 0.5) return -normal_quantile(1 - p);
  // A rational start (Abramowitz and Stegun 26.2.23), then Halley's steps on the distribution.
  const double t = std::sqrt(-2 * std::log(p));
  double x = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (int step = 0; step < 2; ++step) {
    const double error = 0.5 * std::erfc(-x / std::numbers::sqrt2) - p;
    const double u = error * std::sqrt(2 * std::numbers::pi) * std::exp(0.5 * x * x);
    x -= u / (1 + 0.5 * x * u);
  }
  return x;
}

}  // namespace signals
