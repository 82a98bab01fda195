// signals resolve: Numerai's names to Yahoo symbols, into `mapping`.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/file.h"
#include "core/text.h"
#include "pipeline/doctor.h"
#include "pipeline/resolve.h"
#include "pipeline/universe_input.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kOpenShown = 20;

class ResolveCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--universe", universes_,
                   "a CSV or Parquet file, or numerai[:VERSION] for today's live universe; repeat "
                   "for more (default: numerai)")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--overrides", overrides_,
                   "a CSV file with numerai_ticker and yahoo that beats everything else")
        ->type_name("FILE");
    app.add_flag("--recheck", recheck_, "ask again for what is verified");
    add_yahoo_url_option(app, yahoo_url_);
    add_numerai_url_option(app, numerai_url_);
    add_rate_option(app, rate_);
    add_cooldown_option(app, cooldown_);
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.store());
    context.warn_if_moved(store);
    ResolveRequest request;
    request.now = context.now;
    request.recheck = recheck_;
    for (const auto& one : probe_symbols()) request.controls.emplace_back(one.symbol);
    if (!overrides_.empty()) {
      SIGNALS_ASSIGN(const std::string bytes, read_file(overrides_));
      SIGNALS_ASSIGN(request.overrides, read_overrides(bytes, overrides_));
    }
    SIGNALS_ASSIGN(const auto source, open_source("yahoo", {.base_url = yahoo_url_,
                                                            .rate = rate_,
                                                            .cooldown = milliseconds_of(cooldown_),
                                                            .now = context.now,
                                                            .clock = &system_clock(),
                                                            .stop = context.stop,
                                                            .warn = [&](const std::string& what) {
                                                              context.observer->warn(what);
                                                            }}));
    if (universes_.empty()) universes_ = {"numerai"};
    for (const auto& name : universes_) {
      SIGNALS_ASSIGN(auto universe,
                     open_universe(name, *store, {numerai_url_, &system_clock(), context.stop},
                                   context.now, *context.observer));
      request.universes.push_back(std::move(universe));
    }
    SIGNALS_ASSIGN(const ResolveReport report, resolve(*source, store, request, *context.observer));
    for (const auto& ticker : report.idle_overrides) {
      context.observer->warn(fmt::format(
          "override of {}: no universe has the name, or the rules say the same", ticker));
    }
    context.report(as_json(report), as_text(report, store->uri("")));
    return conclude(report);
  }

 private:
  static std::string name_of(const SilentMarket& market) {
    return market.country.empty() ? "all markets" : market.country;
  }

  static Coverage sum(const ResolveReport& report) {
    Coverage all;
    for (const auto& [country, one] : report.live) {
      all.names += one.names;
      for (std::size_t i = 0; i < one.by_status.size(); ++i) all.by_status[i] += one.by_status[i];
    }
    return all;
  }

  static std::string line(const std::string& name, const Coverage& one) {
    std::string text = fmt::format(
        "  {:<8} {:>7} {:>7} {:>6.1f} %", name, with_commas(one.names), with_commas(one.mapped()),
        one.names == 0
            ? 0.0
            : 100.0 * static_cast<double>(one.mapped()) / static_cast<double>(one.names));
    std::string rest;
    for (std::size_t i = 0; i < one.by_status.size(); ++i) {
      if (kMappingStatusInfo[i].name == "ok" || one.by_status[i] == 0) continue;
      rest += fmt::format("{}{} {}", rest.empty() ? "  " : ", ", one.by_status[i],
                          kMappingStatusInfo[i].name);
    }
    return text + rest + "\n";
  }

  [[nodiscard]] std::string as_text(const ResolveReport& r, const std::string& lake) const {
    const auto n = with_commas;
    std::string text = fmt::format("resolve {} -> {}\n", fmt::join(universes_, ", "), lake);
    text += fmt::format("  asked    {} symbols", n(r.asked));
    if (!r.failures.empty()) {
      text += fmt::format(", {} failed", n(static_cast<std::int64_t>(r.failures.size())));
    }
    if (r.not_asked > 0) text += fmt::format(", {} names not asked", n(r.not_asked));
    text += fmt::format("\n  {:<8} {:>7} {:>7} {:>8}\n", "country", "names", "mapped", "share");
    for (const auto& [country, coverage] : r.live) text += line(country, coverage);
    text += line("all", sum(r));
    if (r.past.names > 0) text += line("past", r.past);
    for (const auto& market : r.silent) {
      text += fmt::format(
          "  outage   {}: {} names are unknown, and so is all that was known; "
          "nothing of them is recorded\n",
          name_of(market), n(market.unknown));
    }
    for (std::size_t i = 0; i < std::min(r.open.size(), kOpenShown); ++i) {
      const MappingRow& row = r.open[i];
      text += fmt::format("  {:<10}{}{}{}\n", info_of(row.status).name, row.numerai_ticker,
                          row.rule.empty() ? "" : ": ", row.yahoo.empty() ? row.rule : row.yahoo);
    }
    if (r.open.size() > kOpenShown) {
      text += fmt::format("  … and {} more (--json lists all)\n",
                          n(static_cast<std::int64_t>(r.open.size() - kOpenShown)));
    }
    return text + (r.changed ? "  mapping  written\n" : "  mapping  as before: nothing changed\n");
  }

  static Json as_json(const Coverage& coverage) {
    Json status = Json::object();
    for (std::size_t i = 0; i < coverage.by_status.size(); ++i) {
      status[std::string(kMappingStatusInfo[i].name)] = coverage.by_status[i];
    }
    return {{"names", coverage.names}, {"mapped", coverage.mapped()}, {"status", status}};
  }

  static Json as_json(const ResolveReport& r) {
    Json countries = Json::object(), open = Json::array(), failed = Json::array();
    for (const auto& [country, coverage] : r.live) countries[country] = as_json(coverage);
    for (const auto& row : r.open) {
      open.push_back(
          {{"numerai_ticker", row.numerai_ticker},
           {"composite_figi", row.composite_figi.empty() ? Json() : Json(row.composite_figi)},
           {"status", info_of(row.status).name},
           {"yahoo", row.yahoo.empty() ? Json() : Json(row.yahoo)},
           {"reason", row.rule}});
    }
    for (const auto& error : r.failures) {
      failed.push_back({{"reason", error_info(error.code).name}, {"message", error.what}});
    }
    Json outages = Json::array();
    for (const auto& market : r.silent) {
      outages.push_back({{"where", name_of(market)}, {"unknown", market.unknown}});
    }
    return {{"live", as_json(sum(r))},
            {"past", as_json(r.past)},
            {"countries", countries},
            {"open", open},
            {"asked", r.asked},
            {"not_asked", r.not_asked},
            {"failed", failed},
            {"outages", outages},
            {"new_members", r.new_members},
            {"idle_overrides", r.idle_overrides},
            {"changed", r.changed}};
  }

  static Result<int> conclude(const ResolveReport& r) {
    if (r.end == FetchEnd::stopped) {
      return fail(ErrorCode::interrupted,
                  fmt::format("resolve: {} names were not asked", r.not_asked));
    }
    if (r.end != FetchEnd::complete) {
      const ErrorCode code =
          r.end == FetchEnd::refused ? ErrorCode::refused : ErrorCode::unreachable;
      const auto last = std::ranges::find(r.failures, code, &Error::code);
      if (last != r.failures.end()) return tl::unexpected(*last);
      return fail(code, fmt::format("resolve: {} names were not asked", r.not_asked));
    }
    const auto all = std::ranges::find(r.silent, "", &SilentMarket::country);
    if (all != r.silent.end()) {
      return fail(
          ErrorCode::http_status,
          fmt::format("resolve: the source knows none of {} names, nor what it has known or "
                      "what always trades: it seems to be out; nothing of them is recorded",
                      all->unknown));
    }
    if (r.failures.empty()) return r.silent.empty() ? kDone : kPartly;
    if (static_cast<std::int64_t>(r.failures.size()) >= r.asked) {
      return tl::unexpected(r.failures.front());
    }
    return kPartly;
  }

  std::vector<std::string> universes_;
  std::string overrides_, yahoo_url_, numerai_url_;
  bool recheck_ = false;
  double rate_ = 1, cooldown_ = 120;
};

}  // namespace

std::unique_ptr<Command> make_resolve() { return std::make_unique<ResolveCommand>(); }

}  // namespace signals::cli
