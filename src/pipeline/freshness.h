// Freshness: how much is known of the newest date's names when it is published.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "lake/table.h"
#include "pipeline/bucket_source.h"
#include "pipeline/dataset_block.h"
#include "pipeline/publish.h"

namespace signals {

class Freshness {
 public:
  // Reads `symbols`, and of `prices` the bars that wait to be confirmed, and those that came after
  // the snapshot that the features were made of.
  static Result<Freshness> read(const std::shared_ptr<ObjectStore>& lake,
                                const SourceStates& made_of, const FeatureConfig& config,
                                Date date);

  // Counts the names of a filled block of this date. A name is fresh if the source has answered for
  // it since the date's last session ended, traded or not, and the features know its last bar up to
  // the date; a name that no source was asked for (its bars are a file's), if it has missed no
  // session.
  void count(const DatasetBlock& block, DateCoverage& coverage) const;

 private:
  enum class Answer { none, old, fresh };
  std::map<std::string, Answer> answers_;             // by symbol; without a row: none
  std::set<std::pair<std::string, Date>> unsettled_;  // symbol and session
  std::map<std::string, Date> newest_;  // by symbol: its last bar up to the date, where bars came
};

// Fewer than this share of the newest date's names being fresh is a degraded data set.
inline constexpr double kDegradedBelow = 0.9;

// Of the names with a symbol; 1 without any.
double fresh_share(const DateCoverage& coverage);

}  // namespace signals
