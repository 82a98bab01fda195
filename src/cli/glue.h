// --glue: the tables of a lake are entered in AWS Glue when a command has committed.
#pragma once

#include "cli/command.h"

namespace signals::cli {

void add_glue_option(CLI::App& app, std::string& database);

// Before the work begins: usage error where it could not end well.
Result<void> check_glue(const Context& context, const std::string& database);

// Enters every table, and notes it in the summary as "glue": {"database", "tables", "changed"}.
Result<void> enter_in_glue(const Context& context, const std::shared_ptr<ObjectStore>& store,
                           const std::string& database, nlohmann::ordered_json& summary,
                           std::string& text);

}  // namespace signals::cli
