#include "features/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace signals {
namespace {

constexpr int kGreatestLag = 10'000;

constexpr std::pair<std::string_view, ta::Mode> kModes[] = {
    {"causal", ta::Mode::causal}, {"ta", ta::Mode::ta}, {"fillna", ta::Mode::fillna}};
constexpr std::pair<std::string_view, NaPolicy> kNaPolicies[] = {
    {"drop", NaPolicy::drop}, {"drop-any", NaPolicy::drop_any}, {"keep", NaPolicy::keep}};

template <class Rows>
auto by_name(const Rows& rows, std::string_view option, std::string_view text)
    -> Result<decltype(std::begin(rows)->second)> {
  std::string known;
  for (const auto& [name, value] : rows) {
    if (name == text) return value;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
  }
  return fail(ErrorCode::usage, fmt::format("--{} {}: it is one of {}", option, text, known));
}

template <class Rows, class Value>
std::string_view name_of(const Rows& rows, Value value) {
  return std::ranges::find(rows, value, [](const auto& row) { return row.second; })->first;
}

}  // namespace

std::map<std::string, std::string> FeaturePlan::properties() const {
  return {{"cmd", config.cmd},
          {"lags", config.lags.empty() ? "0" : fmt::format("{}", fmt::join(config.lags, ","))},
          {"mode", std::string(name_of(kModes, config.mode))},
          {"na", std::string(name_of(kNaPolicies, config.na))},
          {"dtype", config.float64 ? "float64" : "float32"},
          {"prices", "served"}};
}

Result<FeaturePlan> make_plan(FeatureConfig config) {
  FeaturePlan plan;
  const auto category = ta::find_category(config.cmd);
  if (!category && config.cmd != "all") {
    return fail(
        ErrorCode::usage,
        fmt::format("--cmd {}: it is one of all, momentum, other, trend, volatility, volume",
                    config.cmd));
  }
  for (const auto* indicator : ta::indicators()) {
    if (category && indicator->category != *category) continue;
    plan.indicators.push_back(indicator);
    for (const auto& output : indicator->outputs) {
      plan.columns.push_back(fmt::format("feature_{}", output.column));
      for (const int lag : config.lags) {
        plan.columns.push_back(fmt::format("feature_{}_lag{}", output.column, lag));
      }
      plan.sparse.resize(plan.columns.size(), output.sparse);
    }
  }
  plan.config = std::move(config);
  return plan;
}

Result<std::vector<int>> parse_lags(std::string_view text) {
  std::vector<int> lags;
  const auto parts = split(text, ',');
  for (const auto& part : parts) {
    int lag = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), lag);
    if (error != std::errc() || end != part.data() + part.size() || lag < 0 || lag > kGreatestLag ||
        (lag == 0 && parts.size() > 1)) {
      return fail(ErrorCode::usage,
                  fmt::format("--lags {}: it is a number (5 means 1 to 5) or a list (5,10,20), "
                              "at most {}",
                              text, kGreatestLag));
    }
    lags.push_back(lag);
  }
  if (parts.size() == 1) {
    const int last = lags.front();
    lags.clear();
    for (int lag = 1; lag <= last; ++lag) lags.push_back(lag);
  }
  std::ranges::sort(lags);
  lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
  return lags;
}

Result<ta::Mode> parse_mode(std::string_view text) { return by_name(kModes, "mode", text); }

Result<NaPolicy> parse_na(std::string_view text) { return by_name(kNaPolicies, "na", text); }

}  // namespace signals
