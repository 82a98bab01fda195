#include "pipeline/dataset_plan.h"

#include <fmt/format.h>

#include "core/text.h"
#include "pipeline/feature_sources.h"
#include "pipeline/transform.h"

namespace signals {

Result<FeatureConfig> read_feature_config(const std::map<std::string, std::string>& properties) {
  FeatureConfig config;
  config.cmd = property(properties, "cmd", "all");
  const std::string lags = property(properties, "lags", "0");
  for (const auto& lag : split(lags, ',')) {
    SIGNALS_ASSIGN(const auto up_to, parse_lags(lag));
    if (!up_to.empty()) config.lags.push_back(up_to.back());
  }
  SIGNALS_ASSIGN(config.mode, parse_mode(property(properties, "mode", "causal")));
  SIGNALS_ASSIGN(config.na, parse_na(property(properties, "na", "drop")));
  config.float64 = property(properties, "dtype", "float32") == "float64";
  config.total_return = property(properties, "prices", "served") == "total-return";
  SIGNALS_ASSIGN(config.skip, parse_skip(property(properties, "skip", "none")));
  constexpr std::string_view kSet = "set.";
  for (const auto& [name, value] : properties) {
    if (!name.starts_with(kSet)) continue;
    SIGNALS_TRY(parse_set(fmt::format("{}={}", name.substr(kSet.size()), value), config.params));
  }
  return config;
}

Result<DatasetPlan> make_dataset_plan(FeatureConfig features, bool levels,
                                      const std::vector<CrossForm>& forms) {
  DatasetPlan plan;
  FeatureConfig alone = features;
  alone.lags.clear();
  alone.na = NaPolicy::keep;
  SIGNALS_ASSIGN(plan.outputs, make_plan(std::move(alone)));
  for (const auto& [indicator, params] : plan.outputs.indicators) {
    for (const auto& output : indicator->outputs) plan.units.push_back(output.unit);
  }
  const auto publish = [&](const std::string& name, bool flag, std::optional<CrossForm> form) {
    plan.published.push_back({plan.carried.size() - 1, form});
    plan.names.push_back(name);
    plan.flags.push_back(flag);
  };
  const auto carry = [&](std::size_t output, int lag, bool scale_free) {
    plan.carried.push_back({output, lag, scale_free});
    const std::string name =
        fmt::format("{}{}{}", plan.outputs.columns[output], scale_free ? "_rel" : "",
                    lag == 0 ? "" : fmt::format("_lag{}", lag));
    publish(name, plan.outputs.flags[output], std::nullopt);
    const bool level = plan.units[output] != ta::Unit::none && !scale_free;
    if (level) return;
    for (const CrossForm form : forms)
      publish(fmt::format("{}_{}", name, to_string(form)), false, form);
  };
  std::vector<int> lags = {0};
  lags.insert(lags.end(), features.lags.begin(), features.lags.end());
  for (std::size_t output = 0; output < plan.units.size(); ++output) {
    const bool unitless = plan.units[output] == ta::Unit::none;
    if (unitless || levels) {
      for (const int lag : lags) carry(output, lag, false);
    }
    if (unitless) continue;
    for (const int lag : lags) carry(output, lag, true);
  }
  plan.features = std::move(features);
  return plan;
}

}  // namespace signals
