#include "features/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/number.h"
#include "core/text.h"

namespace signals {
namespace {

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

// Every combination of the values that are set, the last parameter changing fastest.
std::vector<std::vector<double>> choices(const ta::Indicator& indicator,
                                         const std::map<std::string, std::vector<double>>& set) {
  std::vector<std::vector<double>> all = {{}};
  for (const auto& param : indicator.params) {
    const auto found = set.find(fmt::format("{}.{}", indicator.name, param.name));
    const auto values =
        found == set.end() ? std::vector<double>{param.default_value} : found->second;
    std::vector<std::vector<double>> longer;
    for (const auto& choice : all) {
      for (const double value : values) {
        longer.push_back(choice);
        longer.back().push_back(value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

void add_columns(FeaturePlan& plan, const ta::Indicator& indicator,
                 const std::vector<double>& params, const std::vector<int>& lags) {
  std::string suffix;
  for (std::size_t k = 0; k < params.size(); ++k) {
    const auto& param = indicator.params[k];
    if (params[k] != param.default_value) suffix += fmt::format("_{}{}", param.name, params[k]);
  }
  for (const auto& output : indicator.outputs) {
    plan.columns.push_back(fmt::format("feature_{}{}", output.column, suffix));
    for (const int lag : lags) {
      plan.columns.push_back(fmt::format("feature_{}{}_lag{}", output.column, suffix, lag));
    }
    plan.sparse.resize(plan.columns.size(), output.sparse);
    plan.flags.resize(plan.columns.size(), output.flag);
  }
}

}  // namespace

std::map<std::string, std::string> FeaturePlan::properties() const {
  std::map<std::string, std::string> all = {
      {"cmd", config.cmd},
      {"lags", config.lags.empty() ? "0" : fmt::format("{}", fmt::join(config.lags, ","))},
      {"mode", std::string(name_of(kModes, config.mode))},
      {"na", std::string(name_of(kNaPolicies, config.na))},
      {"dtype", config.float64 ? "float64" : "float32"},
      {"prices", config.total_return ? "total-return" : "served"},
      {"skip", config.skip.empty() ? "none" : fmt::format("{}", fmt::join(config.skip, ","))}};
  for (const auto& [name, values] : config.params) {
    all["set." + name] = fmt::format("{}", fmt::join(values, ","));
  }
  return all;
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
  std::set<std::string> unused;
  for (const auto& [name, values] : config.params) unused.insert(name);
  for (const auto* indicator : ta::indicators()) {
    if (category && indicator->category != *category) continue;
    for (const auto& param : indicator->params) {
      unused.erase(fmt::format("{}.{}", indicator->name, param.name));
    }
    for (const auto& params : choices(*indicator, config.params)) {
      add_columns(plan, *indicator, params, config.lags);
      plan.indicators.push_back({indicator, params});
    }
    if (plan.columns.size() > kMostColumns) {
      return fail(ErrorCode::usage, fmt::format("more than {} columns: take fewer --set values or "
                                                "--lags, or several tables",
                                                kMostColumns));
    }
  }
  if (!unused.empty()) {
    return fail(ErrorCode::usage,
                fmt::format("--set {}: not an indicator of --cmd {}", *unused.begin(), config.cmd));
  }
  plan.config = std::move(config);
  return plan;
}

Result<void> parse_set(std::string_view text, std::map<std::string, std::vector<double>>& params) {
  const auto usage = [&](const std::string& what) {
    return fail(ErrorCode::usage, fmt::format("--set {}: {}", text, what));
  };
  const auto dot = text.find('.');
  const auto equals = text.find('=');
  if (dot == std::string_view::npos || equals == std::string_view::npos || equals < dot) {
    return usage("write it as indicator.parameter=value, for example rsi.window=7,14,28");
  }
  const auto* indicator = ta::find_indicator(text.substr(0, dot));
  if (indicator == nullptr) {
    return usage(fmt::format("no indicator is named {} (`signals columns` lists them)",
                             text.substr(0, dot)));
  }
  const auto name = text.substr(dot + 1, equals - dot - 1);
  const auto param = std::ranges::find(indicator->params, name, &ta::Param::name);
  if (param == indicator->params.end()) {
    std::vector<std::string_view> known;
    for (const auto& one : indicator->params) known.push_back(one.name);
    return usage(known.empty() ? fmt::format("{} has no parameters", indicator->name)
                               : fmt::format("the parameters of {} are {}", indicator->name,
                                             fmt::join(known, ", ")));
  }
  auto& values = params[std::string(text.substr(0, equals))];
  for (const auto& part : split(text.substr(equals + 1), ',')) {
    const auto value = number_in<double>(part);
    const bool whole = value && (!param->integer || *value == std::floor(*value));
    if (!whole || !(*value >= param->min && *value <= param->max)) {
      return usage(fmt::format("{} is a {} from {} to {}", param->name,
                               param->integer ? "whole number" : "number", param->min, param->max));
    }
    if (std::ranges::find(values, *value) == values.end()) values.push_back(*value);
  }
  return {};
}

Result<std::vector<int>> parse_lags(std::string_view text) {
  std::vector<int> lags;
  const auto parts = split(text, ',');
  for (const auto& part : parts) {
    const int lag = number_in<int>(part).value_or(-1);
    if (lag < 0 || lag > kGreatestLag || (lag == 0 && parts.size() > 1)) {
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
