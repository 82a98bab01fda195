#include "dataset/churn.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace signals {
namespace {

constexpr double kLeastCommon = 0.8;

// Places from 1 on, ties sharing the mean of theirs. No value is NaN.
std::vector<double> places_of(std::span<const double> values) {
  std::vector<std::pair<double, std::uint32_t>> order;
  order.reserve(values.size());
  for (std::uint32_t i = 0; i < values.size(); ++i) order.emplace_back(values[i], i);
  std::ranges::sort(order, [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<double> places(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && order[end].first == order[begin].first) ++end;
    const double place = static_cast<double>(begin + end + 1) / 2;
    for (std::size_t i = begin; i < end; ++i) places[order[i].second] = place;
    begin = end;
  }
  return places;
}

// Empty when one side is constant.
std::optional<double> spearman(std::span<const double> a, std::span<const double> b) {
  const auto x = places_of(a), y = places_of(b);
  const double middle = (static_cast<double>(x.size()) + 1) / 2;  // the mean of both
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - middle, dy = y[i] - middle;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

}  // namespace

std::vector<double> tie_kept_ranks(std::span<const double> values) {
  std::vector<double> known;
  known.reserve(values.size());
  for (const double value : values) {
    if (!std::isnan(value)) known.push_back(value);
  }
  const auto places = places_of(known);
  const auto count = static_cast<double>(known.size());
  std::vector<double> ranks(values.begin(), values.end());
  std::size_t next = 0;
  for (double& rank : ranks) {
    if (!std::isnan(rank)) rank = (places[next++] - 0.5) / count;
  }
  return ranks;
}

DatedValues cleaned(DatedValues submission) {
  submission.values = tie_kept_ranks(submission.values);
  for (double& value : submission.values) {
    if (std::isnan(value)) value = 0.5;
  }
  return submission;
}

CommonRows common_rows(const DatedValues& a, const DatedValues& b) {
  CommonRows rows;
  std::size_t i = 0, k = 0;
  while (i < a.names.size() && k < b.names.size()) {
    if (a.names[i] < b.names[k]) {
      ++i;
    } else if (b.names[k] < a.names[i]) {
      ++k;
    } else {
      if (!std::isnan(a.values[i]) && !std::isnan(b.values[k])) {
        rows.a.push_back(i);
        rows.b.push_back(k);
      }
      ++i;
      ++k;
    }
  }
  const auto share = [&](std::size_t all) {
    return all == 0 ? 0 : static_cast<double>(rows.a.size()) / static_cast<double>(all);
  };
  rows.enough = share(a.names.size()) >= kLeastCommon && share(b.names.size()) >= kLeastCommon;
  return rows;
}

std::optional<double> churn(const DatedValues& a, const DatedValues& b) {
  const CommonRows rows = common_rows(a, b);
  if (!rows.enough) return std::nullopt;
  std::vector<double> x, y;
  for (const std::size_t i : rows.a) x.push_back(a.values[i]);
  for (const std::size_t i : rows.b) y.push_back(b.values[i]);
  const auto correlation = spearman(x, y);
  if (!correlation) return std::nullopt;
  return 1 - *correlation;
}

void sum_up(ChurnFigures& figures) {
  double sum = 0;
  int known = 0;
  for (const auto& one : figures.each) {
    if (!one) continue;
    figures.greatest = std::max(figures.greatest.value_or(0), *one);
    sum += *one;
    ++known;
  }
  if (known > 0) figures.mean = sum / known;
}

ChurnFigures churn_figures(const DatedValues& newest, std::span<const DatedValues> before) {
  ChurnFigures figures;
  for (const auto& one : before) figures.each.push_back(churn(newest, one));
  sum_up(figures);
  return figures;
}

}  // namespace signals
