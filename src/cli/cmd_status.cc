// signals status: what is in the lake and how new it is.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"
#include "lake/tables/prices.h"
#include "lake/tables/runs.h"
#include "lake/tables/symbols.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

// Names are counted that are so many sessions of their exchange behind, or more.
constexpr std::array<std::int64_t, 4> kBehind = {1, 2, 5, 20};

struct Standing {
  std::map<std::int64_t, std::int64_t> behind;    // sessions -> names
  std::map<std::string, std::int64_t> by_status;  // of `symbols`
  std::optional<RunRow> last_load;
};

class StatusCommand final : public Command {
 public:
  void define(CLI::App& app) override { add_snapshot_option(app, snapshot_); }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    const Table prices(store, kPricesTable);
    SIGNALS_ASSIGN(const TableState state, context.existing_table(prices, snapshot_));
    SIGNALS_ASSIGN(const PricesSummary summary, summarize_prices(prices, state));
    std::int64_t bytes = 0;
    for (const auto& file : state.files) bytes += file.bytes;

    SIGNALS_ASSIGN(const Standing standing, stand(context, store, summary, state));

    context.report(as_json(store->uri(""), state, summary, bytes, standing),
                   as_text(store->uri(""), state, summary, bytes, standing));
    return kDone;
  }

 private:
  Result<Standing> stand(const Context& context, const std::shared_ptr<ObjectStore>& store,
                         const PricesSummary& summary, const TableState& prices) const {
    Standing standing;
    // The other tables as they were when the snapshot of `prices` became current.
    const std::string then =
        snapshot_.empty() ? "" : to_string(prices.snapshots.back().committed_at);
    for (const auto sessions : kBehind) standing.behind[sessions] = 0;
    for (const auto& [name, exchange] : summary.exchanges) {
      for (const auto& [ticker, newest] : exchange.newest_by_ticker) {
        if (ticker.find('~') != std::string::npos) continue;  // an old company's
        const auto missing = exchange.sessions_after(newest);
        for (auto& [sessions, names] : standing.behind) names += missing >= sessions ? 1 : 0;
      }
    }
    const Table symbols_table(store, kSymbolsTable), runs_table(store, kRunsTable);
    SIGNALS_ASSIGN(const TableState symbols_state, context.table_if_any(symbols_table, then));
    SIGNALS_ASSIGN(const Symbols symbols, read_symbols(symbols_table, symbols_state));
    for (const auto& [ticker, row] : symbols) ++standing.by_status[row.status];
    SIGNALS_ASSIGN(const TableState runs_state, context.table_if_any(runs_table, then));
    SIGNALS_ASSIGN(const auto runs, read_runs(runs_table, runs_state));
    for (const auto& run : runs) {
      if (run.command == "load") standing.last_load = run;
    }
    return standing;
  }

  static std::string as_text(const std::string& lake, const TableState& state,
                             const PricesSummary& summary, std::int64_t bytes,
                             const Standing& standing) {
    const auto n = with_commas;
    std::string text = fmt::format("lake {}\n", lake);
    text += fmt::format("  prices    {} tickers, {} bars, {}\n", n(summary.tickers),
                        n(summary.rows), human_bytes(bytes));
    text +=
        fmt::format("  sessions  {} to {}\n", to_string(summary.first), to_string(summary.last));
    if (summary.unsettled > 0) {
      text += fmt::format("  unsettled {} bars wait for a later run to confirm them\n",
                          n(summary.unsettled));
    }
    if (const auto behind = standing.behind.at(kBehind.front()); behind > 0) {
      text += fmt::format("  behind    {} names lack their exchange's last session", n(behind));
      text += fmt::format(", {} of them its last five\n", n(standing.behind.at(5)));
    }
    for (const auto& [status, names] : standing.by_status) {
      if (status != kWorking) text += fmt::format("  {:<9} {} names\n", status, n(names));
    }
    if (standing.last_load) {
      text += fmt::format("  last load {} at {}\n", standing.last_load->outcome,
                          to_string(standing.last_load->at));
    }
    text += fmt::format("  snapshot  {} of {}\n", state.snapshot_id(),
                        to_string(state.snapshots.back().committed_at));
    text += "  newest session by exchange\n";
    for (const auto& [name, one] : summary.exchanges) {
      text +=
          fmt::format("    {:<8} {}  {:>7} tickers {:>12} bars\n", name.empty() ? "(files)" : name,
                      to_string(one.newest), n(one.tickers), n(one.rows));
    }
    return text;
  }

  static Json as_json(const std::string& lake, const TableState& state,
                      const PricesSummary& summary, std::int64_t bytes, const Standing& standing) {
    Json behind = Json::object();
    for (const auto& [sessions, names] : standing.behind) behind[std::to_string(sessions)] = names;
    Json last_load = nullptr;
    if (const auto& run = standing.last_load) {
      last_load = {{"at", to_string(run->at)},
                   {"outcome", run->outcome},
                   {"seconds", run->seconds},
                   {"counts", Json::parse(run->counts, nullptr, false)},
                   {"version", run->version}};
    }
    Json exchanges = Json::array();
    for (const auto& [name, one] : summary.exchanges) {
      exchanges.push_back({{"exchange", name.empty() ? Json(nullptr) : Json(name)},
                           {"newest", to_string(one.newest)},
                           {"tickers", one.tickers},
                           {"bars", one.rows}});
    }
    return {{"lake", lake},
            {"tickers", summary.tickers},
            {"bars", summary.rows},
            {"bytes", bytes},
            {"unsettled", summary.unsettled},
            {"first_session", to_string(summary.first)},
            {"last_session", to_string(summary.last)},
            {"snapshot", state.snapshot_id()},
            {"committed_at", to_string(state.snapshots.back().committed_at)},
            {"behind", behind},
            {"symbols", standing.by_status},
            {"last_load", last_load},
            {"exchanges", exchanges}};
  }

  std::string snapshot_;
};

}  // namespace

std::unique_ptr<Command> make_status() { return std::make_unique<StatusCommand>(); }

}  // namespace signals::cli
