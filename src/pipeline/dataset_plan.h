// DatasetPlan: which columns `dataset` has, and from which indicator column each comes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dataset/forms.h"
#include "features/plan.h"

namespace signals {

// A column whose values are computed: an indicator's column so many rows back, as it is or in its
// scale-free form.
struct CarriedColumn {
  std::size_t output = 0;  // of the plan's indicators
  int lag = 0;
  bool scale_free = false;
};

// A column of the table: a carried one, or a form of it across the names of a date.
struct PublishedColumn {
  std::size_t carried = 0;
  std::optional<CrossForm> form{};
};

struct DatasetPlan {
  FeatureConfig features;              // of the feature table, its lags included
  FeaturePlan outputs;                 // the same without lags: what the engine computes
  std::vector<ta::Unit> units;         // of each of these columns
  std::vector<CarriedColumn> carried;  // by output, then lag
  std::vector<PublishedColumn> published;
  std::vector<std::string> names;  // of the published ones
  std::vector<bool> flags;         // of these: only ever 0 or 1
};

// The configuration that a feature table records. bad_metadata for one that cannot be read.
Result<FeatureConfig> read_feature_config(const std::map<std::string, std::string>& properties);

// A column without a unit is carried as it is, any other in its scale-free form as `…_rel`, and
// with `levels` as it is beside it. Forms follow each column but levels.
Result<DatasetPlan> make_dataset_plan(FeatureConfig features, bool levels,
                                      const std::vector<CrossForm>& forms);

}  // namespace signals
