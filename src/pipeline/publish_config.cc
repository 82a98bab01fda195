#include "pipeline/publish_config.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "lake/tables/dataset.h"
#include "pipeline/feature_sources.h"

namespace signals {

std::map<std::string, std::string> dataset_properties(
    const PublishRequest& request, const std::map<std::string, std::string>& features) {
  std::map<std::string, std::string> all = {
      {"features", request.features},
      {"calendar", std::string(to_string(request.calendar))},
      {"max-staleness", std::to_string(request.max_staleness)},
      {"levels", request.levels ? "yes" : "no"},
      {"survivors", request.survivors ? "yes" : "no"}};
  if (request.calendar == Calendar::both) all["daily-since"] = to_string(request.daily_since);
  std::vector<std::string_view> forms = {"raw"};
  for (const CrossForm form : request.forms) forms.push_back(to_string(form));
  all["forms"] = fmt::format("{}", fmt::join(forms, ","));
  for (const auto& [name, value] : features) all["features." + name] = value;
  return all;
}

Error dataset_difference(const std::map<std::string, std::string>& has,
                         const std::map<std::string, std::string>& wanted) {
  std::set<std::string> names;
  for (const auto* all : {&has, &wanted}) {
    for (const auto& [name, value] : *all) names.insert(name);
  }
  std::vector<std::string> parts;
  for (const auto& name : names) {
    const std::string there = property(has, name, "nothing");
    const std::string here = property(wanted, name, "nothing");
    if (there != here) parts.push_back(fmt::format("{} is {} there, {} here", name, there, here));
  }
  return {ErrorCode::dataset_differs,
          fmt::format("table {}: {}", kDatasetTable, fmt::join(parts, ", "))};
}

}  // namespace signals
