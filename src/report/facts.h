// What several sections of the report need of a lake, each read once, when it is first asked for.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lake/table.h"
#include "lake/tables/prices.h"
#include "lake/tables/symbols.h"
#include "pipeline/publish_universe.h"
#include "report/report.h"

namespace signals {

class LakeFacts {
 public:
  LakeFacts(std::shared_ptr<ObjectStore> lake, const ReportRequest& request)
      : lake_(std::move(lake)), request_(request) {}

  [[nodiscard]] const std::shared_ptr<ObjectStore>& lake() const { return lake_; }
  [[nodiscard]] const ReportRequest& request() const { return request_; }

  // Errors are the lake's; a table that is not there is a state that does not exist.
  Result<const TableState*> table(const std::string& name);
  Result<const PricesSummary*> prices();
  Result<const Symbols*> symbols();
  // Whom the data set is about on D; no_table without a mapping.
  Result<const PublishUniverse*> universe();

  // The exchange of a ticker, by `symbols` or its bars; "" where neither knows.
  Result<std::string> exchange_of(const std::string& ticker);

 private:
  template <class T>
  using Kept = std::optional<Result<T>>;

  std::shared_ptr<ObjectStore> lake_;
  const ReportRequest& request_;
  std::map<std::string, Result<TableState>> tables_;
  Kept<PricesSummary> prices_;
  Kept<Symbols> symbols_;
  Kept<PublishUniverse> universe_;
  Kept<std::map<std::string, std::string>> exchanges_;  // by ticker
};

}  // namespace signals
