// Layers of options: command line, then SIGNALS_<OPTION>, then the config file, then the default.
// CLI11 would let the file beat the environment, so the layers are applied here.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/command.h"

namespace signals::cli {

struct Layered {
  std::vector<std::string> arguments;  // for the options that the command line does not give
  std::map<std::string, std::string> origins;  // "--start" -> "SIGNALS_START", "signals.toml"
};

// SIGNALS_YAHOO_URL of yahoo-url.
std::string variable_name(const std::string& option);

// The arguments that environment and config file add to a parsed command line. `app` is the
// command's, already parsed. Errors: bad_config (unknown key or section, unreadable file),
// config_secret.
Result<Layered> add_layers(const CommandInfo& command, const CLI::App& app,
                           const Environment& environment);

}  // namespace signals::cli
