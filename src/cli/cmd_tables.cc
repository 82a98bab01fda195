// signals tables: the tables of the lake.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

class TablesCommand final : public Command {
 public:
  void define(CLI::App& /*app*/) override {}

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    SIGNALS_ASSIGN(const auto names, table_names(*store));
    Json list = Json::array();
    std::string text = fmt::format("{:<20} {:>14} {:>8} {:>7} {:>11}  {:>8}  {}\n", "table", "rows",
                                   "columns", "files", "bytes", "snapshot", "committed");
    for (const auto& name : names) {
      SIGNALS_ASSIGN(const TableState state, Table(store, name).load());
      if (state.snapshots.empty()) continue;
      std::int64_t rows = 0, bytes = 0;
      for (const auto& file : state.files) {
        rows += file.rows;
        bytes += file.bytes;
      }
      const std::string committed = to_string(state.snapshots.back().committed_at);
      text += fmt::format("{:<20} {:>14} {:>8} {:>7} {:>11}  {:>8}  {}\n", name, with_commas(rows),
                          state.schema.size(), state.files.size(), human_bytes(bytes),
                          state.snapshot_id(), committed);
      std::string config;
      for (const auto& [key, value] : state.properties) {
        config += fmt::format("{}{}={}", config.empty() ? "" : " ", key, value);
      }
      if (!config.empty()) text += fmt::format("  {}\n", config);
      Json schema = Json::array();
      for (const auto& column : state.schema) {
        schema.push_back({{"name", column.name}, {"type", column.type}});
      }
      list.push_back({{"table", name},
                      {"rows", rows},
                      {"bytes", bytes},
                      {"files", state.files.size()},
                      {"snapshot", state.snapshot_id()},
                      {"committed_at", committed},
                      {"properties", state.properties},
                      {"schema", schema}});
    }
    context.out += context.common.json ? json_text(list) : text;
    return kDone;
  }
};

}  // namespace

std::unique_ptr<Command> make_tables() { return std::make_unique<TablesCommand>(); }

}  // namespace signals::cli
