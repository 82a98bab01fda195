#include "report/report.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <functional>

#include "report/sections.h"

namespace signals {
namespace {

// Room for what stands around the explorer's figures.
constexpr std::size_t kReserve = 20'000;

std::string text_of(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  // "<" begins no element and no comment inside a script element when it is written so.
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
    text.replace(at, 1, "\\u003c");
  }
  return text;
}

class Sections {
 public:
  explicit Sections(Report& report) : report_(report) {}

  void add(const char* name, const std::function<Result<Json>()>& make) {
    auto section = guarded(make);
    if (section) {
      figures_[name] = std::move(*section);
      return;
    }
    const Error& error = section.error();
    figures_[name] = {{"state", "error"}, {"why", error.line()}};
    report_.failed.push_back({name, error});
  }

  Json& figures() { return figures_; }

 private:
  // A file that is damaged in some ways makes a library throw.
  static Result<Json> guarded(const std::function<Result<Json>()>& make) {
    try {
      return make();
    } catch (const std::exception& error) {
      return fail(ErrorCode::store_read, error.what());
    }
  }

  Report& report_;
  Json figures_ = Json::object();
};

}  // namespace

Json empty_section(const std::string& why) { return {{"state", "empty"}, {"why", why}}; }

Json rounded(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  return std::strtod(fmt::format("{:.{}g}", value, digits).c_str(), nullptr);
}

Result<Report> make_report(const std::shared_ptr<ObjectStore>& lake, const ReportRequest& request) {
  Report report;
  SIGNALS_ASSIGN(const auto names, table_names(*lake));
  report.tables = names.size();
  LakeFacts facts(lake, request);
  Sections sections(report);
  sections.figures() = {{"lake", lake->uri("")},
                        {"made_at", to_string(request.now)},
                        {"version", SIGNALS_VERSION},
                        {"d", to_string(request.d)}};
  sections.add("round", [&] { return round_section(facts); });
  sections.add("skew", [&] { return skew_section(facts); });
  sections.add("tables", [&] { return tables_section(facts); });
  sections.add("exchanges", [&] { return exchanges_section(facts); });
  sections.add("runs", [&] { return runs_section(facts); });
  sections.add("coverage", [&] { return coverage_section(facts); });
  sections.add("quality", [&] { return quality_section(facts); });
  sections.add("restatements", [&] { return restatements_section(facts); });
  sections.add("features", [&] { return features_section(facts); });
  const std::size_t used = empty_page_bytes() + text_of(sections.figures()).size() + kReserve;
  const std::size_t left = request.most_bytes - std::min(used, request.most_bytes);
  sections.add("explorer", [&] { return explorer_section(facts, left); });
  const Json& round = sections.figures()["round"];
  const bool go = round.value("go", false);
  const char* why = round.contains("why_not") ? "why_not" : "why";
  report.verdict = go ? "GO" : fmt::format("NO-GO: {}", round[why].get<std::string>());
  report.figures = text_of(sections.figures());
  return report;
}

}  // namespace signals
