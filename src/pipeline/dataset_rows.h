// DatasetRows: the rows of `dataset` of some dates, block by block: the table's new files and the
// live file.
#pragma once

#include <memory>
#include <vector>

#include "lake/tables/dataset.h"
#include "pipeline/dataset_block.h"
#include "pipeline/freshness.h"
#include "pipeline/observer.h"
#include "pipeline/publish.h"
#include "pipeline/publish_universe.h"
#include "pipeline/published_files.h"

namespace signals {

class DatasetRows {
 public:
  // `live`: whether the rows of the last date are also written to the live file, for every live
  // name. What was written is added to `report`.
  DatasetRows(const Table& dataset, const PublishUniverse& universe, const Freshness& freshness,
              bool live, PublishReport& report)
      : dataset_(dataset),
        universe_(universe),
        freshness_(freshness),
        live_(live),
        report_(report) {}

  // The last date gets a file of its own, so that it can be published again. `pending` drops the
  // files unless they are committed.
  Result<void> write(const std::vector<Date>& dates, const BlockContext& context,
                     PendingFiles& pending, PublishedFolder& files, Change& change,
                     Observer& observer);

 private:
  void add_date(Date date, DatasetBlock& block);
  Result<void> write_block(const DatasetBlock& block, PendingFiles& pending, PublishedFolder& files,
                           Change& change);

  const Table& dataset_;
  const PublishUniverse& universe_;
  const Freshness& freshness_;
  const bool live_;
  Date last_{};
  PublishReport& report_;
  std::shared_ptr<const DatasetLayout> layout_;
};

}  // namespace signals
