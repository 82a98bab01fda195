// The features of one bucket as a stream: bars in, groups of tickers, a file for each year out.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "features/plan.h"
#include "lake/table.h"
#include "lake/tables/features.h"
#include "pipeline/bucket_source.h"

namespace signals {

// What the transforms of all buckets share. The functions are called from several threads.
struct BucketContext {
  const Table& prices;
  const Table& features;
  const FeaturePlan& plan;
  std::shared_ptr<const FeatureLayout> layout;
  std::function<Result<void>()> check_stop;
  std::function<void(const DataFile&)> written;  // each file as soon as it stands
};

struct BucketResult {
  std::vector<DataFile> files;
  std::int64_t tickers = 0, rows = 0;
};

// Transforms one bucket after another in the same memory; one object serves one thread.
class BucketTransform {
 public:
  // `context` outlives it.
  static std::unique_ptr<BucketTransform> create(const BucketContext& context);
  virtual ~BucketTransform() = default;

  // Writes the features of `from_year` and later; values come from each ticker's first bar.
  virtual Result<BucketResult> run(int bucket, const BucketSource& source, int from_year) = 0;
};

}  // namespace signals
