// A command as a stage of another one: with its own options, as its section of the config file and
// the environment give them.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace signals::cli {

// What a stage says of itself: Context::out and Context::summary.
struct StageReport {
  std::string out, summary;
};

// Runs a command by name with these arguments in the context of another command. Usage errors of
// its own options, too. The variables of the options that the other command, `by`, has itself
// (SIGNALS_DATE) are its alone.
Result<int> run_stage(const Context& context, const std::string& by, const std::string& command,
                      std::vector<std::string> arguments, StageReport& report);

}  // namespace signals::cli
