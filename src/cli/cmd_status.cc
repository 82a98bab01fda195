// signals status: what is in the lake and how new it is.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"
#include "lake/tables/prices.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

class StatusCommand final : public Command {
 public:
  void define(CLI::App& /*app*/) override {}

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    const Table prices(store, kPricesTable);
    SIGNALS_ASSIGN(const TableState state, context.existing_table(prices));
    SIGNALS_ASSIGN(const PricesSummary summary, summarize_prices(prices, state));
    std::int64_t bytes = 0;
    for (const auto& file : state.files) bytes += file.bytes;

    const bool json = context.common.json;
    context.out += json ? json_text(as_json(store->uri(""), state, summary, bytes))
                        : as_text(store->uri(""), state, summary, bytes);
    return kDone;
  }

 private:
  static std::string as_text(const std::string& lake, const TableState& state,
                             const PricesSummary& summary, std::int64_t bytes) {
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
                      const PricesSummary& summary, std::int64_t bytes) {
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
            {"exchanges", exchanges}};
  }
};

}  // namespace

std::unique_ptr<Command> make_status() { return std::make_unique<StatusCommand>(); }

}  // namespace signals::cli
