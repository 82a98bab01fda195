// signals publish: features and the universe into `dataset`, and the files of the newest date.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/glue.h"
#include "core/clock.h"
#include "core/text.h"
#include "dataset/calendar.h"
#include "lake/tables/dataset.h"
#include "lake/tables/runs.h"
#include "pipeline/publish.h"
#include "pipeline/universe_input.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

class PublishCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--date", date_,
                   "D: publish up to this date (default: the last weekday whose 17:00 in New York "
                   "has passed)")
        ->type_name("D");
    app.add_option("--features", features_, "the feature table")
        ->type_name("TABLE")
        ->capture_default_str();
    app.add_option("--universe", universes_,
                   "a CSV or Parquet file of names beside the table universe, with dates or "
                   "without (names that are live), or numerai[:VERSION]; repeat for more")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--calendar", calendar_,
                   "weekly: Fridays; daily: weekdays; both: Fridays, and weekdays of late")
        ->check(one_of({"weekly", "daily", "both"}))
        ->type_name("DATES")
        ->capture_default_str();
    app.add_option("--daily-since", daily_since_, "where the weekdays of --calendar both begin")
        ->type_name("DATE")
        ->capture_default_str();
    app.add_option("--max-staleness", max_staleness_,
                   "leave names out that missed more sessions of their exchange")
        ->check(whole_number(0, 1000))
        ->type_name("N")
        ->capture_default_str();
    app.add_flag("--levels", levels_, "also columns in prices and volumes, as they are");
    app.add_option("--forms", forms_,
                   "further columns, across the names of a date: rank, ranknorm, country_rank, "
                   "country_ranknorm; raw is none")
        ->type_name("LIST")
        ->capture_default_str();
    app.add_flag("--survivors", survivors_,
                 "forms also on dates whose members are not known: across today's names");
    app.add_flag("--rebuild", rebuild_,
                 "make all rows anew: with restated history, or another configuration");
    app.add_flag("--force", force_,
                 "make the rows and the live file of D anew, if it is the newest");
    app.add_option("--min-fresh", min_fresh_,
                   "no live file when a smaller share of D's names is known up to D")
        ->check(share())
        ->type_name("SHARE")
        ->capture_default_str();
    app.add_option(
           "--round", round_,
           "the date of the open round, as Numerai says (default: that of --date's default)")
        ->type_name("DATE");
    app.add_flag("--require-live", require_live_, "fail when there is no live file of D");
    app.add_option("--numerai-url", numerai_url_, "a server that answers as Numerai's does")
        ->type_name("URL");
    add_glue_option(app, glue_);
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(PublishRequest request, make_request(context));
    SIGNALS_TRY(check_glue(context, glue_));
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    const Date d = request.date.value_or(round_date(context.now));
    for (const auto& name : universes_) {
      SIGNALS_ASSIGN(auto universe,
                     open_universe(name, *store, {numerai_url_, &system_clock(), context.stop, d},
                                   context.now, *context.observer));
      if (require_live_ && is_numerai(name)) SIGNALS_TRY(check_names(universe, d));
      request.universes.push_back(std::move(universe));
    }
    const auto begin = system_clock().elapsed();
    SIGNALS_ASSIGN(const PublishReport report, publish(store, request, *context.observer));
    const double seconds = static_cast<double>((system_clock().elapsed() - begin).count()) / 1000;
    context.observer->info(fmt::format("publish took {}", human_seconds(seconds)));
    auto code = conclude(report);
    Result<void> noted;
    if (!report.dates.empty()) {
      noted =
          add_run(Table(store, kRunsTable),
                  {.at = context.now,
                   .command = "publish",
                   .d = report.d,
                   .outcome = run_outcome(code),
                   .counts = Json{{"dates", report.dates.size()}, {"rows", report.added}}.dump(),
                   .seconds = seconds});
    }
    Json summary = as_json(report);
    std::string text = as_text(report, store->uri(kDatasetTable));
    const auto entered = enter_in_glue(context, store, glue_, summary, text);
    context.report(summary, text);
    SIGNALS_TRY(noted);
    SIGNALS_TRY(entered);
    return code;
  }

 private:
  [[nodiscard]] Result<PublishRequest> make_request(const Context& context) const {
    PublishRequest request;
    request.features = features_;
    if (!date_.empty()) {
      SIGNALS_ASSIGN(request.date, date_of("--date", date_));
    }
    if (!round_.empty()) {
      SIGNALS_ASSIGN(request.round, date_of("--round", round_));
    }
    request.again = force_;
    request.min_fresh = min_fresh_;
    request.calendar = find_calendar(calendar_).value_or(Calendar::both);
    SIGNALS_ASSIGN(request.daily_since, date_of("--daily-since", daily_since_));
    request.max_staleness = max_staleness_;
    request.levels = levels_;
    SIGNALS_ASSIGN(request.forms, parse_forms());
    request.survivors = survivors_;
    request.rebuild = rebuild_;
    request.threads = context.threads;
    request.now = context.now;
    request.stop = context.stop;
    return request;
  }

  // The rows of a date stay as they are published: they wait for its own names.
  static Result<void> check_names(const Universe& universe, Date d) {
    if (universe.members.empty() || universe.members.rbegin()->first >= d) return {};
    return fail(ErrorCode::no_live_universe,
                fmt::format("D is {}, Numerai's names are of {}", to_string(d),
                            to_string(universe.members.rbegin()->first)));
  }

  // In the order of the columns, each once.
  [[nodiscard]] Result<std::vector<CrossForm>> parse_forms() const {
    std::vector<CrossForm> forms;
    for (const auto& word : split(forms_, ',')) {
      if (word == "raw") continue;
      const auto form = find_form(word);
      if (!form) {
        return fail(ErrorCode::usage, fmt::format("--forms {}: it is raw, or some of {}", forms_,
                                                  fmt::join(kFormNames, ", ")));
      }
      forms.push_back(*form);
    }
    std::ranges::sort(forms);
    forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
    return forms;
  }

  static std::string as_text(const PublishReport& r, const std::string& table) {
    const auto n = with_commas;
    std::string text = fmt::format("publish {} -> {}\n", to_string(r.d), table);
    if (r.dates.empty()) {
      text += fmt::format("  published already: nothing changes\n  snapshot  {} as before\n",
                          r.snapshot);
      return text + live_line(r);
    }
    const auto& newest = r.dates.back();
    text += fmt::format("  dates     {} new, {} to {}\n", n(std::ssize(r.dates)),
                        to_string(r.dates.front().date), to_string(newest.date));
    text += fmt::format(
        "  newest    {} names, {} with a symbol, {} rows, {} traded that day, {} "
        "fresh{}\n",
        n(newest.members), n(newest.mapped), n(newest.rows), n(newest.traded), n(newest.fresh),
        r.degraded ? " (degraded)" : "");
    text += fmt::format("  table     {} rows, {} of them new, {} feature columns, {}\n", n(r.rows),
                        n(r.added), n(r.columns), human_bytes(r.bytes));
    return text + live_line(r) + fmt::format("  snapshot  {}\n", r.snapshot);
  }

  static std::string live_line(const PublishReport& r) {
    if (!r.no_live.empty()) return fmt::format("  live      none: {}\n", r.no_live);
    return fmt::format("  live      {}\n", r.live_date.empty() ? "none" : r.live_date);
  }

  static Json as_json(const PublishReport& r) {
    Json json = {{"d", to_string(r.d)},     {"expected_d", to_string(r.expected)},
                 {"dates", r.dates.size()}, {"rows", r.rows},
                 {"rows_added", r.added},   {"columns", r.columns},
                 {"bytes", r.bytes}};
    if (!r.dates.empty()) {
      const auto& newest = r.dates.back();
      json["newest"] = {{"date", to_string(newest.date)}, {"members", newest.members},
                        {"mapped", newest.mapped},        {"rows", newest.rows},
                        {"traded", newest.traded},        {"fresh", newest.fresh},
                        {"unsettled", newest.unsettled},  {"degraded", r.degraded}};
    }
    json["live"] = r.live_date.empty() ? Json() : Json(r.live_date);
    json["no_live_because"] = r.no_live.empty() ? Json() : Json(r.no_live);
    json["snapshot"] = r.snapshot;
    json["changed"] = !r.dates.empty();
    return json;
  }

  [[nodiscard]] Result<int> conclude(const PublishReport& r) const {
    if (!require_live_ || r.live_date == to_string(r.expected)) return kDone;
    return fail(
        ErrorCode::no_live_file,
        fmt::format("--require-live: {}",
                    r.no_live.empty()
                        ? fmt::format("the round is of {}, the live file {}", to_string(r.expected),
                                      r.live_date.empty() ? "is not there" : "of " + r.live_date)
                        : r.no_live));
  }

  std::string date_, features_ = "features", calendar_ = "both", daily_since_ = "2022-10-25";
  std::string forms_ = "raw", numerai_url_, round_, glue_;
  std::vector<std::string> universes_;
  int max_staleness_ = 5;
  double min_fresh_ = 0;
  bool levels_ = false, survivors_ = false, rebuild_ = false, force_ = false, require_live_ = false;
};

}  // namespace

std::unique_ptr<Command> make_publish() { return std::make_unique<PublishCommand>(); }

}  // namespace signals::cli
