// signals doctor: what a load would stumble over.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"
#include "pipeline/doctor.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

struct VerdictInfo {
  const char* shown;
  const char* name;
};
constexpr std::array<VerdictInfo, 3> kVerdicts = {
    {{"ok", "ok"}, {"warn", "warn"}, {"FAIL", "fail"}}};

const VerdictInfo& info_of(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }

class DoctorCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--ticker", tickers_,
                   "a symbol to ask for; repeat for more (default: one each of five markets)")
        ->allow_extra_args(false);
    add_source_option(app, source_);
    add_yahoo_url_option(app, yahoo_url_);
    add_rate_option(app, rate_);
    app.add_option("--cooldown", cooldown_,
                   "after a refusal pause so many seconds, doubling, and ask again as `load` does "
                   "(default: the first refusal is the verdict)")
        ->check(not_negative())
        ->type_name("S");
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.store());
    for (const auto& ticker : tickers_) {
      if (ticker.empty() || !is_plain_text(ticker)) {
        return fail(ErrorCode::usage, "--ticker: it is empty or has characters that no ticker has");
      }
    }
    DoctorRequest request;
    request.source = source_;
    request.options = {.base_url = yahoo_url_,
                       .rate = rate_,
                       .patient = cooldown_.has_value(),
                       .now = context.now,
                       .clock = &system_clock(),
                       .stop = context.stop,
                       .warn = [&](const std::string& what) { context.observer->warn(what); }};
    if (cooldown_) request.options.cooldown = milliseconds_of(*cooldown_);
    request.tickers = tickers_;
    request.now_given = !context.common.now.empty();
    request.machine_time = [] {
      return std::chrono::time_point_cast<std::chrono::microseconds>(
          std::chrono::system_clock::now());
    };
    request.http = http_library();
    SIGNALS_ASSIGN(const auto findings, examine(store, request, *context.observer));
    context.report(as_json(findings), as_text(findings));
    return exit_code(findings);
  }

 private:
  static std::string as_text(const std::vector<Finding>& findings) {
    std::size_t width = 0;
    for (const auto& one : findings) width = std::max(width, one.check.size());
    std::string text;
    for (const auto& one : findings) {
      text += fmt::format("{:<4}  {:<{}}  {}\n", info_of(one.verdict).shown, one.check, width,
                          one_line(one.found, 1000));
      if (!one.advice.empty()) text += fmt::format("      {:<{}}  -> {}\n", "", width, one.advice);
    }
    const auto many = [&](Verdict verdict) {
      return std::ranges::count(findings, verdict, &Finding::verdict);
    };
    return text + fmt::format("{} checks: {} failed, {} to look at\n", findings.size(),
                              many(Verdict::fail), many(Verdict::warn));
  }

  static Json as_json(const std::vector<Finding>& findings) {
    Json list = Json::array();
    for (const auto& one : findings) {
      list.push_back({{"check", one.check},
                      {"verdict", info_of(one.verdict).name},
                      {"found", one.found},
                      {"advice", one.advice.empty() ? Json() : Json(one.advice)}});
    }
    return list;
  }

  std::string source_ = "yahoo", yahoo_url_;
  std::vector<std::string> tickers_;
  double rate_ = 1;
  std::optional<double> cooldown_;
};

}  // namespace

std::unique_ptr<Command> make_doctor() { return std::make_unique<DoctorCommand>(); }

}  // namespace signals::cli
