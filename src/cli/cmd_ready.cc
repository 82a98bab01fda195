// signals ready: whether the live file of today's round can be used.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/clock.h"
#include "core/text.h"
#include "dataset/calendar.h"
#include "pipeline/readiness.h"
#include "source/numerai.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

class ReadyCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--date", date_, "D (default: that of Numerai's round; the clock's offline)")
        ->type_name("D");
    app.add_flag("--offline", offline_, "do not ask Numerai: D by the clock");
    add_numerai_url_option(app, numerai_url_);
    app.add_option("--min-fresh", min_fresh_,
                   "NO-GO when a smaller share of D's names was known up to D")
        ->check(share())
        ->type_name("SHARE")
        ->capture_default_str();
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    SIGNALS_ASSIGN(const Date d, find_date(context));
    SIGNALS_ASSIGN(const Readiness found, readiness(*store, d, min_fresh_));
    const PublishedState& state = found.published;
    const std::string& why = found.why_not;
    const bool go = found.go();
    const auto n = with_commas;
    const std::string text =
        go ? fmt::format("GO D={} ids {} mapped {} fresh {} unsettled {}{}\n", to_string(d),
                         n(state.members), n(state.mapped), n(state.fresh), n(state.unsettled),
                         state.degraded ? " (degraded)" : "")
           : fmt::format("NO-GO D={} {}\n", to_string(d), why);
    context.report({{"go", go},
                    {"d", to_string(d)},
                    {"why_not", go ? Json() : Json(why)},
                    {"published", state.d},
                    {"live", state.live_date},
                    {"ids", state.members},
                    {"mapped", state.mapped},
                    {"rows", state.rows},
                    {"fresh", state.fresh},
                    {"unsettled", state.unsettled},
                    {"degraded", state.degraded}},
                   text);
    return go ? kDone : kTryLater;
  }

 private:
  Result<Date> find_date(const Context& context) const {
    if (!date_.empty()) return date_of("--date", date_);
    std::optional<Date> newest;
    if (!offline_) {
      const auto round = newest_round({numerai_url_, &system_clock(), context.stop, {}});
      if (round) {
        newest = *round;
      } else {
        context.observer->warn(fmt::format("{}; D is the clock's", round.error().what));
      }
    }
    return round_date(context.now, newest);
  }

  std::string date_, numerai_url_;
  bool offline_ = false;
  double min_fresh_ = 0.5;
};

}  // namespace

std::unique_ptr<Command> make_ready() { return std::make_unique<ReadyCommand>(); }

}  // namespace signals::cli
