// signals load: daily bars of a source into `prices`.
#include <malloc.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "core/text.h"
#include "lake/tables/prices.h"
#include "lake/tables/runs.h"
#include "lake/tables/symbols.h"
#include "pipeline/load.h"
#include "pipeline/universe_input.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFailuresShown = 20;

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
                   "source lists, else all of `mapping`, else all that were loaded before)")
        ->allow_extra_args(false);
    app.add_option(
           "--universe", universes_,
           "a CSV or Parquet file of names, or numerai[:VERSION]; names without a symbol get "
           "that of `mapping`; repeat for more")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--ntickers", ntickers_, "only the first N tickers")
        ->check(whole_number(1, 1'000'000))
        ->type_name("N");
    add_source_option(app, source_);
    add_yahoo_url_option(app, yahoo_url_);
    add_numerai_url_option(app, numerai_url_);
    add_rate_option(app, rate_);
    add_cooldown_option(app, cooldown_);
    app.add_option("--max-minutes", max_minutes_,
                   "stop after so long; the next run goes on from there")
        ->check(not_negative())
        ->type_name("M");
  }

  Result<int> run(Context& context) override {
    // Bars are allocated on one thread and freed on another: each arena would keep its peak.
    ::mallopt(M_ARENA_MAX, 2);
    // And what outlives its neighbours (bars that wait, replies) must not hold their memory: by
    // default the threshold grows with what was freed. What is freed at the end of the heap is soon
    // wanted again.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
    const auto most =
        max_minutes_ ? std::optional(milliseconds_of(*max_minutes_ * 60)) : std::nullopt;
    Deadline deadline(system_clock(), most, context.stop);
    SIGNALS_ASSIGN(const Window window, parse_window(context.now));
    SIGNALS_ASSIGN(const auto store, context.store());
    context.warn_if_moved(store);
    const Table prices(store, kPricesTable);
    SIGNALS_ASSIGN(const auto source, open_source(source_, {.base_url = yahoo_url_,
                                                            .rate = rate_,
                                                            .cooldown = milliseconds_of(cooldown_),
                                                            .now = context.now,
                                                            .clock = &deadline,
                                                            .stop = &deadline.flag(),
                                                            .warn = [&](const std::string& what) {
                                                              context.observer->warn(what);
                                                            }}));
    SIGNALS_ASSIGN(auto tickers, choose_tickers(*source, prices, store, context));
    const auto begin = system_clock().elapsed();
    const LoadRequest request{std::move(tickers), window, context.now, !start_.empty(), [&] {
                                (void)deadline.elapsed();
                                return deadline.flag().load();
                              }};
    SIGNALS_ASSIGN(const LoadReport report, load(*source, store, request, *context.observer));
    const double seconds = static_cast<double>((system_clock().elapsed() - begin).count()) / 1000;
    context.observer->info(fmt::format("load took {}", human_seconds(seconds)));
    const Json json = as_json(report);
    context.report(json, as_text(report, store->uri("")));
    auto code = conclude(report, deadline.over());
    if (report.snapshot == 0) return code;  // a failed run makes no lake
    SIGNALS_TRY(
        add_run(Table(store, kRunsTable),
                {.at = context.now,
                 .command = "load",
                 .outcome = run_outcome(code),
                 .counts = Json{{"tickers", json["tickers"]}, {"bars", json["bars"]}}.dump(),
                 .seconds = seconds}));
    return code;
  }

 private:
  [[nodiscard]] Result<Window> parse_window(Instant now) const {
    // Two days ahead of UTC: no exchange's date is further.
    Window window{{}, std::chrono::floor<std::chrono::days>(now) + std::chrono::days(2)};
    SIGNALS_ASSIGN(window.from,
                   start_.empty() ? date_of("--since", since_) : date_of("--start", start_));
    if (!end_.empty()) {
      SIGNALS_ASSIGN(window.to, date_of("--end", end_));
    }
    if (window.from >= window.to) {
      return fail(ErrorCode::bad_range,
                  fmt::format("--start {} is not before {} {}", to_string(window.from),
                              end_.empty() ? "the present," : "--end", to_string(window.to)));
    }
    return window;
  }

  [[nodiscard]] Result<std::vector<std::string>> choose_tickers(
      const Source& source, const Table& prices, const std::shared_ptr<ObjectStore>& store,
      const Context& context) const {
    std::vector<std::string> chosen;
    std::set<std::string> seen;
    for (const auto& ticker : tickers_) {
      if (ticker.empty() || !is_plain_text(ticker)) {
        return fail(ErrorCode::usage, "--ticker: it is empty or has characters that no ticker has");
      }
      if (seen.insert(ticker).second) chosen.push_back(ticker);
    }
    for (const auto& name : universes_) {
      SIGNALS_ASSIGN(const auto symbols,
                     universe_symbols(name, store, {numerai_url_, &system_clock(), context.stop},
                                      context.now, *context.observer));
      for (const auto& symbol : symbols) {
        if (seen.insert(symbol).second) chosen.push_back(symbol);
      }
    }
    if (chosen.empty()) {
      SIGNALS_ASSIGN(chosen, source.tickers());
    }
    if (chosen.empty()) {
      SIGNALS_ASSIGN(chosen, mapped_symbols(store));
    }
    if (chosen.empty()) {
      SIGNALS_ASSIGN(chosen, known_tickers(prices));
    }
    if (chosen.empty()) {
      return fail(ErrorCode::no_tickers,
                  fmt::format("{} has no tickers yet", prices.store().uri("")));
    }
    if (ntickers_ > 0) chosen.resize(std::min(chosen.size(), static_cast<std::size_t>(ntickers_)));
    return chosen;
  }

  // Those of `symbols`; of `prices` in a lake that only ever took files.
  static Result<std::vector<std::string>> known_tickers(const Table& prices) {
    std::vector<std::string> tickers;
    const Table table(prices.shared_store(), kSymbolsTable);
    SIGNALS_ASSIGN(const TableState state, table.load());
    SIGNALS_ASSIGN(const Symbols symbols, read_symbols(table, state));
    for (const auto& [ticker, row] : symbols) {
      if (row.status != kEnded) tickers.push_back(ticker);
    }
    if (!tickers.empty()) return tickers;
    SIGNALS_ASSIGN(const TableState stored, prices.load());
    SIGNALS_ASSIGN(const auto newest, newest_dates(prices, stored));
    for (const auto& [ticker, date] : newest) tickers.push_back(ticker);
    return tickers;
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
    if (r.done_before > 0) {
      text += fmt::format(", {} done by an interrupted run", n(r.done_before));
    }
    if (r.quarantined > 0) text += fmt::format(", {} in quarantine", n(r.quarantined));
    text += fmt::format("\n  bars      {} new, {} changed, {} kept", n(r.bars.added),
                        n(r.bars.changed), n(r.bars.kept));
    if (r.bars.confirmed > 0) text += fmt::format(", {} confirmed", n(r.bars.confirmed));
    if (r.bars.removed > 0) text += fmt::format(", {} removed", n(r.bars.removed));
    text += "\n";
    if (r.outage) {
      text +=
          fmt::format("  outage    {}: {} of {} names that worked have failed; none is marked\n",
                      r.outage->where, n(r.outage->failed), n(r.outage->of));
    }
    for (const auto& alarm : r.alarms) {
      text += fmt::format("  alarm     another company? {}\n", alarm);
    }
    for (const auto& [ticker, exchanges] : r.moved) {
      text += fmt::format("  moved     {}: exchange {}\n", ticker, exchanges);
    }
    for (const auto& [ticker, why] : r.reloaded) {
      text += fmt::format("  reloaded  {}: {}\n", ticker, why);
    }
    for (const auto& [ticker, why] : r.held) {
      text += fmt::format("  held      {}: its new history is not taken: {}\n", ticker, why);
    }
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
    Json outage = nullptr;
    if (r.outage) {
      outage = {{"where", r.outage->where}, {"failed", r.outage->failed}, {"of", r.outage->of}};
    }
    return {{"tickers",
             {{"asked", r.asked},
              {"loaded", r.loaded},
              {"empty", r.empty},
              {"failed", r.failed.size()},
              {"not_asked", r.not_asked},
              {"done_before", r.done_before},
              {"quarantined", r.quarantined}}},
            {"requests", r.requests},
            {"bars",
             {{"new", r.bars.added},
              {"changed", r.bars.changed},
              {"removed", r.bars.removed},
              {"kept", r.bars.kept},
              {"confirmed", r.bars.confirmed}}},
            {"left_out", left_out},
            {"foreign_dividends", r.foreign_dividends},
            {"failed", failed},
            {"reloaded", r.reloaded},
            {"held", r.held},
            {"moved", r.moved},
            {"alarms", r.alarms},
            {"outage", outage},
            {"snapshot", r.snapshot},
            {"changed", r.snapshot != r.snapshot_before}};
  }

  // The error of the first failure of a kind; of the first failure at all without one.
  static const Error* failure_of(const LoadReport& r, ErrorCode code) {
    for (const auto& one : r.failed) {
      if (one.error.code == code) return &one.error;
    }
    return r.failed.empty() ? nullptr : &r.failed.front().error;
  }

  // The exit code, as the contracts give it.
  static Result<int> conclude(const LoadReport& r, bool time_is_up) {
    if (r.end == FetchEnd::stopped) {
      return fail(ErrorCode::interrupted,
                  fmt::format("load: {} of {} tickers were not asked{}", r.not_asked, r.asked,
                              time_is_up ? " (--max-minutes is over)" : ""));
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
    if (last == nullptr) return partly(r) ? kPartly : kDone;
    if (r.asked == 1) {
      return failure(*last);  // a single ticker that fails is 1, whatever its kind
    }
    if (r.loaded + r.empty == 0) {
      const bool later = std::ranges::all_of(r.failed, [](const LoadFailure& one) {
        return one.error.code == ErrorCode::unreachable || one.error.code == ErrorCode::http_status;
      });
      Error error(last->code, fmt::format("all {} tickers failed; {}", r.asked, last->what));
      // An outage is told as one, and its names are no worse for it.
      if (!later && r.outage) return kPartly;
      return later ? tl::unexpected(std::move(error)) : failure(std::move(error));
    }
    return partly(r) ? kPartly : kDone;
  }

  // Names that worked in the last run and did not now.
  static bool partly(const LoadReport& r) {
    return r.outage || !r.held.empty() || std::ranges::any_of(r.failed, [](const LoadFailure& one) {
             return one.error.code != ErrorCode::unknown_ticker || one.worked_before;
           });
  }

  static tl::unexpected<Error> failure(Error error) {
    error.exit_code = kFailed;
    return tl::unexpected(std::move(error));
  }

  std::string start_, end_, since_ = "2003-01-01", source_ = "yahoo", yahoo_url_, numerai_url_;
  std::vector<std::string> tickers_, universes_;
  int ntickers_ = 0;
  double rate_ = 1, cooldown_ = 120;
  std::optional<double> max_minutes_;
};

}  // namespace

std::unique_ptr<Command> make_load() { return std::make_unique<LoadCommand>(); }

}  // namespace signals::cli
