#include "pipeline/publish_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "pipeline/published_files.h"

namespace signals {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kCoverageHeader = "date,weekly,members_known,members,mapped,rows,traded";

Json counts_of(const DateCoverage& date) {
  return {{"date", to_string(date.date)}, {"members", date.members},
          {"mapped", date.mapped},        {"rows", date.rows},
          {"traded", date.traded},        {"fresh", date.fresh},
          {"unsettled", date.unsettled}};
}

}  // namespace

std::string manifest_json(const PublishRequest& request, const PublishReport& report,
                          std::int64_t snapshot,
                          const std::map<std::string, std::string>& properties,
                          const SourceTables& sources,
                          const std::map<std::string, std::string>& hashes) {
  Json json = {{"d", to_string(report.d)},
               {"expected_d", to_string(report.expected)},
               {"run_time", to_string(request.now)},
               {"version", SIGNALS_VERSION},
               {"snapshot", snapshot},
               {"degraded", report.degraded}};
  if (report.no_live.empty()) {
    json["live"] = {{"date", report.live_date}, {"names", report.live_names}};
  } else {
    json["live"] = nullptr;
    json["no_live_because"] = report.no_live;
  }
  json["newest"] = counts_of(report.dates.back());
  json["dates_added"] = {{"first", to_string(report.dates.front().date)},
                         {"last", to_string(report.dates.back().date)},
                         {"count", report.dates.size()}};
  const auto unknown = std::ranges::count(report.dates, false, &DateCoverage::known);
  json["dates_with_live_names"] = unknown;
  json["survivors"] = request.survivors && !request.forms.empty() && unknown > 0;
  json["rebuilt"] = request.rebuild;
  json["rows_added"] = report.added;
  json["configuration"] = properties;
  for (const auto& [name, state] : sources) {
    json["sources"][name] = {{"snapshot", state->snapshot_id()},
                             {"uuid", state->exists() ? Json(state->uuid) : Json()}};
  }
  for (const auto& [file, hash] : hashes) json["files"][file] = {{"sha256", hash}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string coverage_csv(const std::string& before, const PublishReport& report) {
  std::string text = fmt::format("{}\n", kCoverageHeader);
  const std::string first = to_string(report.dates.front().date);
  for (const auto& line : split(before, '\n')) {
    const bool kept =
        line != kCoverageHeader && !line.empty() && line.substr(0, first.size()) < first;
    if (kept) text += line + "\n";
  }
  for (const auto& one : report.dates) {
    text += fmt::format("{},{},{},{},{},{},{}\n", to_string(one.date), one.weekly, one.known,
                        one.members, one.mapped, one.rows, one.traded);
  }
  return text;
}

}  // namespace signals
