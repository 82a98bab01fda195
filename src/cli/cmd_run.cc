// signals run: the daily job.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/glue.h"
#include "cli/hooks.h"
#include "cli/stage.h"
#include "core/clock.h"
#include "core/text.h"
#include "dataset/calendar.h"
#include "lake/tables/dataset.h"
#include "lake/tables/runs.h"
#include "pipeline/published_files.h"
#include "pipeline/universe_input.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

// Options that go on to stages; what is not given here the stages take from their own layers.
struct Forwarded {
  const char *name, *type, *text;
  std::vector<std::string_view> stages;
};

const std::vector<Forwarded>& forwarded() {
  static const std::vector<Forwarded> options = {
      {"universe",
       "FILE",
       "numerai[:VERSION], or a CSV or Parquet file of names; repeat for more; default: numerai",
       {"resolve", "publish"}},
      {"source", "yahoo|files:DIR", "where bars come from", {"load"}},
      {"yahoo-url", "URL", "a server that answers as Yahoo's does", {"resolve", "load"}},
      {"numerai-url", "URL", "a server that answers as Numerai's does", {"resolve", "publish"}},
      {"rate", "R", "requests a second; 0: no pacing", {"resolve", "load"}},
      {"cooldown", "S", "seconds of the first pause after a refusal", {"resolve", "load"}},
      {"max-minutes", "M", "stop asking the source after so long", {"load"}}};
  return options;
}

class RunCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--date", date_,
                   "D (default: that of Numerai's round; the last weekday whose 17:00 in New York "
                   "has passed when Numerai does not answer)")
        ->type_name("D");
    app.add_flag("--force", force_, "publish D again, as a new snapshot");
    app.add_option("--min-fresh", min_fresh_,
                   "publish no live file when a smaller share of D's names is known up to D")
        ->check(share())
        ->type_name("SHARE")
        ->capture_default_str();
    add_glue_option(app, glue_);
    app.add_option("--ping-url", ping_url_,
                   "an address to GET when all is done, or partly (exit 0, 3), with /fail after "
                   "its path when the run failed (1, 2); to try later (4) pings nothing")
        ->type_name("URL");
    app.add_option("--on-publish", on_publish_,
                   "a command of the shell to run once D is published, with SIGNALS_ROUND_DATE "
                   "and SIGNALS_LIVE_FILE; when it fails the run is partly done (exit 3)")
        ->type_name("CMD");
    for (const auto& one : forwarded()) {
      app.add_option(fmt::format("--{}", one.name), values_[one.name],
                     fmt::format("{} (as in {})", one.text, fmt::join(one.stages, ", ")))
          ->type_name(one.type)
          ->expected(1, one.name == std::string_view("universe") ? 1000 : 1)
          ->allow_extra_args(false);
    }
  }

  Result<int> run(Context& context) override {
    if (ping_url_.empty()) return do_job(context);
    SIGNALS_TRY(check_ping_url(ping_url_));
    auto code = do_job(context);
    const int exit_code = code ? *code : code.error().exit_code;
    if (exit_code == kTryLater) return code;
    const bool good = exit_code == kDone || exit_code == kPartly;
    const auto wrong = ping(good ? ping_url_ : fail_url(ping_url_));
    if (wrong) context.observer->warn(fmt::format("--ping-url {}: {}", host_of(ping_url_), *wrong));
    return code;
  }

 private:
  Result<int> do_job(Context& context) {
    SIGNALS_TRY(check_glue(context, glue_));
    SIGNALS_ASSIGN(const auto store, context.store());
    context.warn_if_moved(store);
    if (values_["universe"].empty()) values_["universe"] = {"numerai"};
    SIGNALS_TRY(find_date(context));
    const auto begin = system_clock().elapsed();
    Result<int> code = kDone;
    SIGNALS_ASSIGN(const bool published, is_published(store));
    const bool done = published && !force_;
    if (!done) {
      code = run_stages(context, store);
      if (published_now_ && !on_publish_.empty()) {
        const auto wrong = run_shell(
            on_publish_,
            {{"SIGNALS_ROUND_DATE", to_string(d_)},
             {"SIGNALS_LIVE_FILE", store->uri(Table(store, kDatasetTable).key(kLiveFile))}});
        if (wrong) context.observer->warn(fmt::format("--on-publish: {}", *wrong));
        if (wrong && code && *code == kDone) code = kPartly;
      }
      const double seconds = static_cast<double>((system_clock().elapsed() - begin).count()) / 1000;
      SIGNALS_ASSIGN(const auto tables, table_names(*store));
      if (!tables.empty()) {
        SIGNALS_TRY(add_run(Table(store, kRunsTable), {.at = context.now,
                                                       .command = "run",
                                                       .d = d_,
                                                       .outcome = run_outcome(code),
                                                       .counts = "{}",
                                                       .seconds = seconds}));
      }
    }
    Json summary = {{"d", to_string(d_)},
                    {"published_before", done},
                    {"stages", stages_},
                    {"outcome", run_outcome(code)}};
    // Last: every stage commits, the forgetting of old snapshots too.
    const auto entered = enter_in_glue(context, store, glue_, summary, text_);
    text_ += done ? fmt::format("run {}: published already, nothing changes\n", to_string(d_))
                  : fmt::format("run {}: {}\n", to_string(d_), run_outcome(code));
    context.report(summary, text_);
    if (code) SIGNALS_TRY(entered);
    return code;
  }

  [[nodiscard]] NumeraiOptions numerai(const Context& context) const {
    const auto& url = values_.at("numerai-url");
    return {.base_url = url.empty() ? "" : url.front(),
            .clock = &system_clock(),
            .stop = context.stop,
            .wanted = d_};
  }

  [[nodiscard]] bool asks_numerai() const {
    return std::ranges::any_of(values_.at("universe"), is_numerai);
  }

  Result<void> find_date(const Context& context) {
    if (!date_.empty()) {
      SIGNALS_ASSIGN(d_, date_of("--date", date_));
      if (d_ > round_date(context.now)) {
        return fail(ErrorCode::bad_date,
                    fmt::format("--date {}: its sessions are not over", to_string(d_)));
      }
      return {};
    }
    std::optional<Date> newest;
    if (asks_numerai()) {
      const auto round = newest_round(numerai(context));
      if (round) {
        newest = *round;
      } else if (round.error().code == ErrorCode::interrupted) {
        return tl::unexpected(round.error());
      } else {
        context.observer->warn(fmt::format("{}; D is the clock's", round.error().what));
      }
    }
    d_ = round_date(context.now, newest);
    return {};
  }

  // The newest date of Numerai's live universe; D where the names come from files.
  Result<Date> live_universe(const Context& context, ObjectStore& lake) const {
    for (const auto& name : values_.at("universe")) {
      if (!is_numerai(name)) continue;
      SIGNALS_ASSIGN(const Universe universe,
                     open_universe(name, lake, numerai(context), context.now, *context.observer));
      if (!universe.members.empty()) return std::min(d_, universe.members.rbegin()->first);
    }
    return d_;
  }

  // Runs a stage; what it says becomes part of what the run says.
  Result<int> told_stage(const Context& context, const std::string& name,
                         std::vector<std::string> arguments) {
    StageReport report;
    auto code = run_stage(context, "run", name, std::move(arguments), report);
    text_ += report.out;
    stages_[name] = {{"outcome", run_outcome(code)}};
    if (!report.summary.empty()) stages_[name]["summary"] = Json::parse(report.summary);
    return code;
  }

  // Goes on after what is partly done, and after what may be done later.
  Result<void> stage(const Context& context, const std::string& name,
                     std::vector<std::string> arguments = {}) {
    for (const auto& one : forwarded()) {
      if (std::ranges::find(one.stages, name) == one.stages.end()) continue;
      for (const auto& value : values_[one.name]) {
        arguments.push_back(fmt::format("--{}={}", one.name, value));
      }
    }
    const auto code = told_stage(context, name, std::move(arguments));
    if (code) {
      partly_ = partly_ || *code == kPartly;
      return {};
    }
    const Error& error = code.error();
    if (error.code == ErrorCode::no_live_file) return {};  // told by run itself
    const bool stopped = context.stop != nullptr && context.stop->load();
    if (error.exit_code != kTryLater || stopped) return tl::unexpected(error);
    context.observer->warn(fmt::format("{}: {}", name, error.what));
    if (!later_) later_ = error;
    return {};
  }

  // The page is for people: what keeps it from being made, or whole, does not fail the day.
  void make_page(const Context& context) {
    const auto code = told_stage(
        context, "report", {"--date=" + to_string(d_), fmt::format("--min-fresh={}", min_fresh_)});
    if (!code) context.observer->warn(fmt::format("no report: {}", code.error().line()));
  }

  // Whether the live file of D stands as it was published; of an earlier D than the table's newest
  // date, there is nothing to do any more.
  [[nodiscard]] Result<bool> is_published(const std::shared_ptr<ObjectStore>& store) const {
    PublishedState state;
    SIGNALS_ASSIGN(const auto why, live_obstacle(*store, kDatasetTable, to_string(d_), state));
    if (why.empty()) return true;
    SIGNALS_ASSIGN(const TableState table, Table(store, kDatasetTable).load_metadata());
    if (table.snapshots.empty()) return false;
    const auto& summary = table.snapshots.back().summary;
    const auto through = summary.find(kThrough);
    return through != summary.end() && through->second > to_string(d_);
  }

  // Whether the data set, by its own calendar, has rows of D at all.
  [[nodiscard]] Result<bool> in_calendar(const std::shared_ptr<ObjectStore>& store) const {
    SIGNALS_ASSIGN(const TableState state, Table(store, kDatasetTable).load_metadata());
    const auto named = state.properties.find("calendar");
    if (named == state.properties.end()) return true;
    const auto since = state.properties.find("daily-since");
    const auto first =
        since == state.properties.end() ? Result<Date>(kDailySince) : parse_date(since->second);
    const auto calendar = find_calendar(named->second).value_or(Calendar::both);
    return !calendar_dates(calendar, first.value_or(kDailySince), d_, d_).empty();
  }

  Result<int> run_stages(const Context& context, const std::shared_ptr<ObjectStore>& store) {
    const auto live = live_universe(context, *store);
    if (!live) {
      if (live.error().code == ErrorCode::usage || live.error().code == ErrorCode::interrupted) {
        return tl::unexpected(live.error());
      }
      context.observer->warn(fmt::format("no live universe: {}", live.error().what));
    }
    if (live) SIGNALS_TRY(stage(context, "resolve"));
    SIGNALS_TRY(stage(context, "load"));
    SIGNALS_TRY(stage(context, "transform"));
    bool published = false;
    if (live) {
      // The rows of a date wait for its names: once published they stay.
      std::vector<std::string> arguments = {"--date=" + to_string(*live),
                                            "--round=" + to_string(d_),
                                            fmt::format("--min-fresh={}", min_fresh_)};
      if (force_ && *live == d_) arguments.emplace_back("--force");
      SIGNALS_TRY(stage(context, "publish", std::move(arguments)));
      SIGNALS_ASSIGN(published, is_published(store));
      published_now_ = published;
    }
    make_page(context);
    SIGNALS_TRY(stage(context, "vacuum"));
    if (published) return later_ || partly_ ? kPartly : kDone;
    if (later_) return tl::unexpected(*later_);
    SIGNALS_ASSIGN(const bool wanted, in_calendar(store));
    if (!wanted) return partly_ ? kPartly : kDone;
    if (!live) return fail(ErrorCode::no_live_universe, live.error().what);
    if (*live < d_) {
      return fail(ErrorCode::no_live_universe, fmt::format("D is {}, Numerai's names are of {}",
                                                           to_string(d_), to_string(*live)));
    }
    return fail(ErrorCode::no_live_file, fmt::format("{}: no live file was made", to_string(d_)));
  }

  std::string date_, glue_, ping_url_, on_publish_;
  bool force_ = false, partly_ = false, published_now_ = false;
  double min_fresh_ = 0.5;
  std::map<std::string, std::vector<std::string>> values_;  // of the forwarded options
  Date d_{};
  std::optional<Error> later_;  // the first error of a stage that says "try later"
  std::string text_;
  Json stages_ = Json::object();
};

}  // namespace

std::unique_ptr<Command> make_run() { return std::make_unique<RunCommand>(); }

}  // namespace signals::cli
