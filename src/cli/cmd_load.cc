// signals load: daily bars of a source into `prices`.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "core/text.h"
#include "lake/tables/prices.h"
#include "pipeline/load.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFailuresShown = 20;
// A ticker whose newest bar is younger than this still worked lately.
constexpr auto kLately = std::chrono::days(30);

class LoadCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--start", start_, "first session date (YYMMDD or YYYY-MM-DD)")
        ->type_name("DATE");
    app.add_option("--end", end_,
                   "session date to stop before (default: none, all finished sessions)")
        ->type_name("DATE");
    app.add_option("--since", since_, "where a history begins when there is no --start")
        ->type_name("DATE")
        ->capture_default_str();
    app.add_option("--ticker", tickers_,
                   "a ticker to load; repeat for more (default: all that the "
                   "source lists, else all in `prices`)")
        ->allow_extra_args(false);
    app.add_option("--ntickers", ntickers_, "only the first N tickers")
        ->check(whole_number(1, 1'000'000))
        ->type_name("N");
    app.add_option("--source", source_, "yahoo, or files:DIR with one CSV file per ticker")
        ->type_name("SOURCE")
        ->capture_default_str();
    app.add_option("--yahoo-url", yahoo_url_, "a server that answers as Yahoo does")
        ->type_name("URL");
    app.add_option("--rate", rate_,
                   "most requests a second; 0 is unpaced, for a server of one's own")
        ->check(not_negative())
        ->type_name("R")
        ->capture_default_str();
    app.add_option("--cooldown", cooldown_,
                   "seconds to pause after the source refuses; doubles while it goes on refusing")
        ->check(not_negative())
        ->type_name("S")
        ->capture_default_str();
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const Window window, parse_window(context.now));
    SIGNALS_ASSIGN(const auto store, context.store());
    const Table prices(store, kPricesTable);
    SIGNALS_ASSIGN(const auto source, open_source(source_, {.base_url = yahoo_url_,
                                                            .rate = rate_,
                                                            .cooldown = milliseconds_of(cooldown_),
                                                            .now = context.now,
                                                            .clock = &system_clock(),
                                                            .stop = context.stop,
                                                            .warn = [&](const std::string& what) {
                                                              context.observer->warn(what);
                                                            }}));
    SIGNALS_ASSIGN(auto tickers, choose_tickers(*source, prices));
    const auto begin = system_clock().elapsed();
    SIGNALS_ASSIGN(const LoadReport report,
                   load(*source, prices, {std::move(tickers), window, context.now}, system_clock(),
                        *context.observer));
    const double seconds = static_cast<double>((system_clock().elapsed() - begin).count()) / 1000;
    context.observer->info(fmt::format("load took {}", human_seconds(seconds)));
    context.out +=
        context.common.json ? json_text(as_json(report)) : as_text(report, store->uri(""));
    return conclude(report, prices, context);
  }

 private:
  [[nodiscard]] Result<Window> parse_window(Instant now) const {
    const auto named = [](const char* option, const std::string& text) -> Result<Date> {
      auto date = parse_date(text);
      if (!date) return fail(ErrorCode::bad_date, fmt::format("{}: {}", option, date.error().what));
      return date;
    };
    // Two days ahead of UTC: no exchange's date is further.
    Window window{{}, std::chrono::floor<std::chrono::days>(now) + std::chrono::days(2)};
    SIGNALS_ASSIGN(window.from,
                   start_.empty() ? named("--since", since_) : named("--start", start_));
    if (!end_.empty()) {
      SIGNALS_ASSIGN(window.to, named("--end", end_));
    }
    if (window.from >= window.to) {
      return fail(ErrorCode::bad_range,
                  fmt::format("--start {} is not before {} {}", to_string(window.from),
                              end_.empty() ? "the present," : "--end", to_string(window.to)));
    }
    return window;
  }

  [[nodiscard]] Result<std::vector<std::string>> choose_tickers(const Source& source,
                                                                const Table& prices) const {
    std::vector<std::string> chosen;
    std::set<std::string> seen;
    for (const auto& ticker : tickers_) {
      if (ticker.empty() || !is_plain_text(ticker)) {
        return fail(ErrorCode::usage, "--ticker: it is empty or has characters that no ticker has");
      }
      if (seen.insert(ticker).second) chosen.push_back(ticker);
    }
    if (chosen.empty()) {
      SIGNALS_ASSIGN(chosen, source.tickers());
    }
    if (chosen.empty()) {
      SIGNALS_ASSIGN(const TableState state, prices.load());
      SIGNALS_ASSIGN(const auto stored, newest_dates(prices, state));
      for (const auto& [ticker, newest] : stored) chosen.push_back(ticker);
    }
    if (chosen.empty()) {
      return fail(ErrorCode::no_tickers,
                  fmt::format("{} has no tickers yet", prices.store().uri("")));
    }
    if (ntickers_ > 0) chosen.resize(std::min(chosen.size(), static_cast<std::size_t>(ntickers_)));
    return chosen;
  }

  static std::string reason_of(const LoadFailure& failure) {
    return std::string(error_info(failure.error.code).name);
  }

  std::string as_text(const LoadReport& r, const std::string& lake) const {
    const auto n = with_commas;
    std::string text = fmt::format("load {} -> {}\n", source_, lake);
    text += fmt::format("  tickers   {} asked: {} loaded, {} empty, {} failed", n(r.asked),
                        n(r.loaded), n(r.empty), n(static_cast<std::int64_t>(r.failed.size())));
    if (r.not_asked > 0) text += fmt::format(", {} not asked", n(r.not_asked));
    text += fmt::format("\n  bars      {} new, {} changed, {} kept", n(r.bars.added),
                        n(r.bars.changed), n(r.bars.kept));
    if (r.bars.confirmed > 0) text += fmt::format(", {} confirmed", n(r.bars.confirmed));
    text += "\n";
    for (std::size_t i = 0; i < kLeftOutInfo.size(); ++i) {
      if (r.left_out.by_reason[i] == 0) continue;
      text += fmt::format("  left out  {} {}: {}\n", n(r.left_out.by_reason[i]),
                          kLeftOutInfo[i].name, kLeftOutInfo[i].text);
    }
    if (r.foreign_dividends > 0) {
      text += fmt::format("  left out  {} dividends in another currency\n", n(r.foreign_dividends));
    }
    for (std::size_t i = 0; i < std::min(r.failed.size(), kFailuresShown); ++i) {
      text += fmt::format("  failed    {}\n", r.failed[i].error.what);
    }
    if (r.failed.size() > kFailuresShown) {
      text += fmt::format("  failed    … and {} more (--json lists all)\n",
                          n(static_cast<std::int64_t>(r.failed.size() - kFailuresShown)));
    }
    text += r.snapshot == r.snapshot_before
                ? (r.snapshot == 0
                       ? std::string("  snapshot  none yet\n")
                       : fmt::format("  snapshot  {} as before: nothing changed\n", r.snapshot))
                : fmt::format("  snapshot  {}\n", r.snapshot);
    return text;
  }

  static Json as_json(const LoadReport& r) {
    Json left_out = Json::object();
    for (std::size_t i = 0; i < kLeftOutInfo.size(); ++i) {
      left_out[std::string(kLeftOutInfo[i].name)] = r.left_out.by_reason[i];
    }
    Json failed = Json::array();
    for (const auto& failure : r.failed) {
      failed.push_back({{"ticker", failure.ticker},
                        {"reason", reason_of(failure)},
                        {"message", failure.error.what}});
    }
    return {{"tickers",
             {{"asked", r.asked},
              {"loaded", r.loaded},
              {"empty", r.empty},
              {"failed", r.failed.size()},
              {"not_asked", r.not_asked}}},
            {"bars",
             {{"new", r.bars.added},
              {"changed", r.bars.changed},
              {"kept", r.bars.kept},
              {"confirmed", r.bars.confirmed}}},
            {"left_out", left_out},
            {"foreign_dividends", r.foreign_dividends},
            {"failed", failed},
            {"snapshot", r.snapshot},
            {"changed", r.snapshot != r.snapshot_before}};
  }

  static std::chrono::milliseconds milliseconds_of(double seconds) {
    return std::chrono::milliseconds(std::llround(std::min(seconds, 86'400.0) * 1000));
  }

  // The error of the first failure of a kind; of the first failure at all without one.
  static const Error* failure_of(const LoadReport& r, ErrorCode code) {
    for (const auto& one : r.failed) {
      if (one.error.code == code) return &one.error;
    }
    return r.failed.empty() ? nullptr : &r.failed.front().error;
  }

  // The exit code, as the contracts give it.
  Result<int> conclude(const LoadReport& r, const Table& prices, const Context& context) const {
    if (r.end == FetchEnd::stopped) {
      return fail(ErrorCode::interrupted,
                  fmt::format("load: {} of {} tickers were not asked", r.not_asked, r.asked));
    }
    if (r.end == FetchEnd::refused) {
      const char* what = r.loaded + r.empty > 0 ? "the source refuses us for good"
                                                : "the source refused even the first request "
                                                  "(addresses of data centres often are refused)";
      return fail(ErrorCode::refused,
                  fmt::format("{}: {}", what, failure_of(r, ErrorCode::refused)->what));
    }
    if (r.end == FetchEnd::unreachable) {
      return fail(ErrorCode::unreachable, fmt::format("no request succeeds any more: {}",
                                                      failure_of(r, ErrorCode::unreachable)->what));
    }
    const Error* last = failure_of(r, ErrorCode::unreachable);
    if (last == nullptr) return kDone;
    if (r.asked == 1) {
      return failure(*last);  // a single ticker that fails is 1, whatever its kind
    }
    if (r.loaded + r.empty == 0) {
      const bool later = std::ranges::all_of(r.failed, [](const LoadFailure& one) {
        return one.error.code == ErrorCode::unreachable || one.error.code == ErrorCode::http_status;
      });
      Error error(last->code, fmt::format("all {} tickers failed; {}", r.asked, last->what));
      return later ? tl::unexpected(std::move(error)) : failure(std::move(error));
    }
    SIGNALS_ASSIGN(const TableState state, prices.load());
    SIGNALS_ASSIGN(const auto newest, newest_dates(prices, state));
    for (const auto& failure : r.failed) {
      const bool worked_lately = std::ranges::any_of(newest, [&](const auto& stored) {
        return lower(stored.first) == lower(failure.ticker) &&
               start_of(stored.second + kLately) >= context.now;
      });
      if (failure.error.code != ErrorCode::unknown_ticker || worked_lately) return kPartly;
    }
    return kDone;
  }

  static tl::unexpected<Error> failure(Error error) {
    error.exit_code = kFailed;
    return tl::unexpected(std::move(error));
  }

  std::string start_, end_, since_ = "2003-01-01", source_ = "yahoo", yahoo_url_;
  std::vector<std::string> tickers_;
  int ntickers_ = 0;
  double rate_ = 1, cooldown_ = 120;
};

}  // namespace

std::unique_ptr<Command> make_load() { return std::make_unique<LoadCommand>(); }

}  // namespace signals::cli
