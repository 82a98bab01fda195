// The program behind main(): finds the command, layers its options, runs it, reports.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/layers.h"

namespace signals::cli {

// The group of the options that every command has.
inline constexpr const char* kCommonOptions = "Common options";

// A command's options, ready to parse.
struct Parser {
  CLI::App app;
  CommonOptions common;
  std::unique_ptr<Command> command;  // null for the common options alone
};

std::unique_ptr<Parser> make_parser(const CommandInfo* command);

// A command whose options stand as all layers give them, ready to run.
struct Prepared {
  std::unique_ptr<Parser> parser;
  Layered layered;
};

// Parses a command line and adds the layers below it. Usage errors; bad_config, config_secret.
// `common` gets what is known of the common options by then.
Result<Prepared> prepare(const CommandInfo& command, const std::vector<std::string>& arguments,
                         const Environment& environment, CommonOptions& common);

// Runs the program on arguments (without its name); returns the exit code.
int run_program(const std::vector<std::string>& arguments, const Environment& environment,
                const std::atomic<bool>& stop);

}  // namespace signals::cli
