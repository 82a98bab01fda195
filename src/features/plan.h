// FeaturePlan: which columns a feature table has, in what order, and the configuration it records.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "ta/registry.h"

namespace signals {

// Which rows are dropped.
enum class NaPolicy {
  drop,      // each ticker's first rows, as many as the greatest lag
  drop_any,  // every row with a null
  keep,      // none
};

struct FeatureConfig {
  std::string cmd = "all";  // a category, or all
  std::vector<int> lags;    // ascending, without 0
  ta::Mode mode = ta::Mode::causal;
  NaPolicy na = NaPolicy::drop;
  bool float64 = false;
  // --set: values of parameters by "rsi.window"; what is not named has its default.
  std::map<std::string, std::vector<double>> params;
  bool total_return = false;      // open, high, low, close times the dividend factor
  std::vector<std::string> skip;  // flags of bars that are left out before anything is computed
};

// One indicator with one choice of its parameters.
struct PlannedIndicator {
  const ta::Indicator* indicator;
  std::vector<double> params;  // in the order of the indicator's row
};

struct FeaturePlan {
  FeatureConfig config;
  std::vector<PlannedIndicator> indicators;
  std::vector<std::string> columns;  // feature_…, each followed by its lags
  std::vector<bool> sparse;          // of these: null on many rows by nature
  std::vector<bool> flags;           // of these: only ever 0 or 1

  [[nodiscard]] std::size_t max_lag() const {
    return config.lags.empty() ? 0 : static_cast<std::size_t>(config.lags.back());
  }
  // What a table made by this plan records, in words that an error can show.
  [[nodiscard]] std::map<std::string, std::string> properties() const;
};

// Usage error for an unknown category, for parameters that do not exist, belong to an indicator
// outside the category or are out of range, and for more than kMostColumns columns.
Result<FeaturePlan> make_plan(FeatureConfig config);
inline constexpr std::size_t kMostColumns = 20'000;
inline constexpr int kGreatestLag = 10'000;

// Adds "rsi.window=7,14,28" to the parameters.
Result<void> parse_set(std::string_view text, std::map<std::string, std::vector<double>>& params);

// "5" is 1…5, "5,10,20" exactly these, "0" none.
Result<std::vector<int>> parse_lags(std::string_view text);
Result<ta::Mode> parse_mode(std::string_view text);
Result<NaPolicy> parse_na(std::string_view text);

}  // namespace signals
