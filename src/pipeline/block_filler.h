// BlockFiller: computes the rows of a block of `dataset`, bucket by bucket, from the bars.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "features/compute.h"
#include "pipeline/dataset_block.h"

namespace signals {

// One object serves one thread. Rows of a block belong to one ticker, so that threads write side by
// side.
class BlockFiller {
 public:
  explicit BlockFiller(DatasetBlock& block);

  // Computes the rows of the tickers of one bucket.
  Result<void> run(int bucket);

 private:
  struct Pick {
    std::size_t row;  // of the block
    std::size_t bar;  // of the ticker
  };

  Result<void> fill_group(std::span<const BarSeries> group);
  void fill_ticker(const BarSeries& bars, std::span<const double* const> columns);

  // Which bar each row of the ticker is as of.
  void find_rows(const BarSeries& bars, std::span<const double* const> columns);

  // The rows that the feature table has: what --na left of the bars.
  void find_kept(const BarSeries& bars, std::span<const double* const> columns);
  [[nodiscard]] bool is_complete(std::span<const double* const> columns, std::size_t bar) const;

  // A value as the feature table has it; NaN where that is null.
  [[nodiscard]] double stored(double value) const;

  DatasetBlock& block_;
  const BlockContext& context_;
  const DatasetPlan& plan_;
  GroupFeatures<double> features_;
  std::vector<BarSeries> group_;
  std::vector<std::size_t> kept_;
  std::vector<Date> kept_dates_;
  std::vector<Pick> picks_;
  std::vector<double> form_;
};

}  // namespace signals
