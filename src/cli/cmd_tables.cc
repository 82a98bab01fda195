// signals tables: the tables of the lake, and the snapshots of each.
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

// A number of a snapshot's summary.
std::int64_t count(const Snapshot& snapshot, const std::string& key) {
  const auto found = snapshot.summary.find(key);
  std::int64_t value = 0;
  if (found == snapshot.summary.end()) return value;
  const std::string& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string word(const Snapshot& snapshot, const std::string& key) {
  const auto found = snapshot.summary.find(key);
  return found == snapshot.summary.end() ? "" : found->second;
}

std::string overview_text(const TableState& state) {
  const Snapshot& current = state.snapshots.back();
  std::string text = fmt::format(
      "{:<20} {:>14} {:>8} {:>7} {:>11}  {:>8}  {}\n", state.name,
      with_commas(count(current, "total-records")), state.schema.size(), state.files.size(),
      human_bytes(count(current, "total-files-size")), current.id, to_string(current.committed_at));
  std::string config;
  for (const auto& [key, value] : state.properties) {
    config += fmt::format("{}{}={}", config.empty() ? "" : " ", key, value);
  }
  if (!config.empty()) text += fmt::format("  {}\n", config);
  return text;
}

Json overview_json(const TableState& state) {
  const Snapshot& current = state.snapshots.back();
  Json schema = Json::array();
  for (const auto& column : state.schema) {
    schema.push_back({{"name", column.name}, {"type", column.type}});
  }
  return {{"table", state.name},
          {"rows", count(current, "total-records")},
          {"bytes", count(current, "total-files-size")},
          {"files", state.files.size()},
          {"snapshot", current.id},
          {"committed_at", to_string(current.committed_at)},
          {"properties", state.properties},
          {"schema", schema}};
}

std::string history_text(const TableState& state) {
  std::string text = fmt::format("{}\n", state.name);
  for (const auto& one : state.snapshots) {
    text += fmt::format("  {:>8}  {}  {:<9} {:>14} {:>7} {:>14} {:>14}  {}\n", one.id,
                        to_string(one.committed_at), word(one, "operation"),
                        with_commas(count(one, "total-records")), count(one, "total-data-files"),
                        with_commas(count(one, "added-records")),
                        with_commas(count(one, "deleted-records")), word(one, "command"));
  }
  return text;
}

Json history_json(const TableState& state) {
  Json snapshots = Json::array();
  for (const auto& one : state.snapshots) {
    snapshots.push_back({{"snapshot", one.id},
                         {"committed_at", to_string(one.committed_at)},
                         {"summary", one.summary}});
  }
  return {{"table", state.name}, {"tags", state.tags}, {"snapshots", snapshots}};
}

class TablesCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_flag("--history", history_, "the snapshots of each table that are kept, oldest first");
    add_snapshot_option(app, snapshot_);
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    SIGNALS_ASSIGN(const auto names, table_names(*store));
    Json list = Json::array();
    std::string text =
        history_ ? fmt::format("  {:>8}  {:<20}  {:<9} {:>14} {:>7} {:>14} {:>14}  {}\n",
                               "snapshot", "committed", "operation", "rows", "files",
                               "rows written", "rows replaced", "command")
                 : fmt::format("{:<20} {:>14} {:>8} {:>7} {:>11}  {:>8}  {}\n", "table", "rows",
                               "columns", "files", "bytes", "snapshot", "committed");
    std::optional<Error> error;
    for (const auto& name : names) {
      const Table table(store, name);
      const auto state = context.existing_table(table, snapshot_);
      if (!state && state.error().code == ErrorCode::no_snapshot) {
        error = state.error();  // another table may have it
        continue;
      }
      SIGNALS_TRY(state);
      if (state->snapshots.empty()) continue;
      text += history_ ? history_text(*state) : overview_text(*state);
      list.push_back(history_ ? history_json(*state) : overview_json(*state));
    }
    if (list.empty() && error) return tl::unexpected(*error);
    context.report(list, text);
    return kDone;
  }

 private:
  bool history_ = false;
  std::string snapshot_;
};

}  // namespace

std::unique_ptr<Command> make_tables() { return std::make_unique<TablesCommand>(); }

}  // namespace signals::cli
