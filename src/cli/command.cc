#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"

namespace signals::cli {

const std::vector<CommandInfo>& commands() {
  static const std::vector<CommandInfo> table = {
#define SIGNALS_COMMAND(name, factory, summary) {#name, summary, factory},
#include "cli/commands.def"
#undef SIGNALS_COMMAND
  };
  return table;
}

const CommandInfo* find_command(const std::string& name) {
  const auto found = std::ranges::find(commands(), name, &CommandInfo::name);
  return found == commands().end() ? nullptr : &*found;
}

Result<std::shared_ptr<ObjectStore>> Context::existing_store() const {
  SIGNALS_ASSIGN(auto opened, store());
  SIGNALS_ASSIGN(const auto names, table_names(*opened));
  if (names.empty()) {
    return fail(ErrorCode::no_lake, fmt::format("no lake at {}", opened->uri("")));
  }
  return opened;
}

Result<TableState> Context::existing_table(const Table& table) const {
  SIGNALS_ASSIGN(TableState state, table.load());
  if (state.exists()) return state;
  SIGNALS_ASSIGN(const auto names, table_names(table.store()));
  const std::string near = did_you_mean(table.name(), names);
  return fail(ErrorCode::no_table,
              fmt::format("{} has no table '{}'{}", table.store().uri(""), table.name(),
                          near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

}  // namespace signals::cli
