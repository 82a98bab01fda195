// What `transform` reads of one bucket: the bars of `prices` less what `quality` flags, and from
// which year on they differ from those that a feature table was made of.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "features/plan.h"
#include "lake/table.h"
#include "lake/tables/bar_reader.h"
#include "lake/tables/prices.h"
#include "lake/tables/quality.h"

namespace signals {

// The snapshots of `prices` and `quality` that features are made of; no files: that of nothing.
struct SourceStates {
  TableState prices, quality;
};

// One bucket of them.
struct BucketSource {
  std::map<int, std::vector<DataFile>> files;  // of `prices`, by year
  FlaggedDates skipped;

  [[nodiscard]] std::vector<DataFile> all_files() const;
};

Result<BucketSource> bucket_source(const Table& quality, const SourceStates& states, int bucket,
                                   const FeatureConfig& config);

// Calls `take` with the dates of each ticker's bars in each file of `prices` that reaches into
// [from, to], less those that features leave out; the exchange is that of the last of the file.
Result<void> each_taken_dates(const Table& prices, const Table& quality, const SourceStates& states,
                              const FeatureConfig& config, Date from, Date to,
                              const TakeDates& take);

// The first year in which a value that features use was changed, added or removed; empty if none
// was. What cannot be read of `before` any more counts as changed. Only years whose files are not
// the same are read, each until its first difference.
Result<std::optional<int>> first_changed_year(const Table& prices, const BucketSource& before,
                                              const BucketSource& now, const FeatureConfig& config,
                                              const std::function<Result<void>()>& check_stop);

// Leaves the flagged bars out and turns prices into total-return ones, as `config` wants.
void prepare(BarSeries& series, const FlaggedDates& skipped, const FeatureConfig& config);

}  // namespace signals
