// TickerSessions: on which dates the exchange of a ticker was open, by the bars of its names.
#pragma once

#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/date.h"
#include "features/plan.h"
#include "lake/table.h"
#include "pipeline/bucket_source.h"

namespace signals {

// The sessions of the exchange of each ticker.
class TickerSessions {
 public:
  // Reads the bars of `prices` from `from` on, less those that the features leave out.
  Result<void> read(const Table& prices, const Table& quality, const SourceStates& states,
                    const FeatureConfig& config, Date from);

  [[nodiscard]] std::span<const Date> of(const std::string& ticker) const;

 private:
  std::unordered_map<std::string, std::string> exchanges_;  // by ticker
  std::map<std::string, std::vector<Date>> sessions_;       // by exchange
};

}  // namespace signals
