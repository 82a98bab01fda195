// The text of a signals.toml to start from: every option of every command, with its default.
#pragma once

#include <string>
#include <vector>

namespace signals::cli {

// The names of the profiles of profiles.def.
std::vector<std::string> profiles();

// All options as comments, those that the profile sets as lines that hold. An empty profile sets
// none.
std::string config_text(const std::string& profile);

}  // namespace signals::cli
