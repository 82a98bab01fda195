// Whether today's round can be played, and whether what was served live is what training sees.
#include "lake/tables/dataset.h"
#include "lake/tables/dataset_skew.h"
#include "pipeline/readiness.h"
#include "report/sections.h"

namespace signals {
namespace {

constexpr std::size_t kSkewDays = 30;

}  // namespace

Result<Json> round_section(LakeFacts& facts) {
  const ReportRequest& request = facts.request();
  SIGNALS_ASSIGN(const Readiness found, readiness(*facts.lake(), request.d, request.min_fresh));
  const PublishedState& published = found.published;
  Json why = nullptr;
  if (!found.go()) why = found.why_not;
  return Json{{"state", "ok"},
              {"go", found.go()},
              {"why_not", why},
              {"published", published.d},
              {"live", published.live_date},
              {"ids", published.members},
              {"mapped", published.mapped},
              {"rows", published.rows},
              {"fresh", published.fresh},
              {"unsettled", published.unsettled},
              {"degraded", published.degraded},
              {"min_fresh", request.min_fresh}};
}

Result<Json> skew_section(LakeFacts& facts) {
  SIGNALS_ASSIGN(const TableState* state, facts.table(kDatasetTable));
  SIGNALS_ASSIGN(const auto served, served_files(*state, kSkewDays));
  if (served.empty()) return empty_section("no live file was published yet");
  const Table dataset(facts.lake(), kDatasetTable);
  Json files = Json::array();
  for (const auto& one : served) {
    const auto skew = live_skew(dataset, *state, one.path, one.date);
    Json row = {{"date", to_string(one.date)}, {"snapshot", one.snapshot}};
    if (skew) {
      row.update({{"names", skew->names},
                  {"rows", skew->rows},
                  {"cells", skew->cells},
                  {"differ", skew->differ},
                  {"greatest", skew->greatest},
                  {"column", skew->column},
                  {"rows_not_served", skew->added},
                  {"rows_gone", skew->removed},
                  {"columns_gone", skew->columns_gone}});
    } else {
      row["why"] = skew.error().line();
    }
    files.push_back(std::move(row));
  }
  return Json{{"state", "ok"}, {"files", files}};
}

}  // namespace signals
