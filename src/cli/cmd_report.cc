// signals report: one page on what is in the lake and how healthy it is.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "dataset/calendar.h"
#include "report/report.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kReportFile = "report.html";

class ReportCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--out", out_, "the page (default: report.html in the lake's folder or bucket)")
        ->type_name("FILE");
    app.add_option("--date", date_,
                   "D, the round that GO or NO-GO is about (default: by the clock)")
        ->type_name("D");
    app.add_option("--min-fresh", min_fresh_,
                   "NO-GO when a smaller share of D's names was known up to D")
        ->check(share())
        ->type_name("SHARE")
        ->capture_default_str();
    app.add_option(
           "--tickers", tickers_,
           "Yahoo symbols of the explorer, separated by commas (default: some of each country)")
        ->delimiter(',')
        ->type_name("T,…");
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.store());
    context.warn_if_moved(store);
    ReportRequest request{.d = round_date(context.now),
                          .min_fresh = min_fresh_,
                          .tickers = tickers_,
                          .now = context.now};
    if (!date_.empty()) {
      SIGNALS_ASSIGN(request.d, date_of("--date", date_));
    }
    SIGNALS_ASSIGN(const Report report, make_report(store, request));
    const std::string page = report_page(report.figures);
    SIGNALS_ASSIGN(const std::string place, write(*store, page));
    Json failed = Json::object();
    for (const auto& one : report.failed) {
      context.observer->warn(fmt::format("{}: {}", one.section, one.error.line()));
      failed[one.section] = one.error.line();
    }
    context.report({{"page", place},
                    {"bytes", page.size()},
                    {"d", to_string(request.d)},
                    {"round", report.verdict},
                    {"tables", report.tables},
                    {"failed", failed}},
                   fmt::format("report {} -> {}\n  round     {}\n  tables    {}\n",
                               to_string(request.d), place, report.verdict,
                               report.tables == 0 ? "none: the lake is empty"
                                                  : std::to_string(report.tables)));
    return report.failed.empty() ? kDone : kPartly;
  }

 private:
  // Puts the page in its place as a whole; says where that is.
  [[nodiscard]] Result<std::string> write(ObjectStore& lake, const std::string& page) const {
    if (out_.empty()) {
      SIGNALS_TRY(lake.replace(kReportFile, page));
      return lake.uri(kReportFile);
    }
    const std::filesystem::path path = std::filesystem::absolute(out_);
    const auto folder = make_local_store(path.parent_path().string());
    SIGNALS_TRY(folder->replace(path.filename().string(), page));
    return path.string();
  }

  std::string out_, date_;
  double min_fresh_ = 0.5;
  std::vector<std::string> tickers_;
};

}  // namespace

std::unique_ptr<Command> make_report_command() { return std::make_unique<ReportCommand>(); }

}  // namespace signals::cli
