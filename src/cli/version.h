// What this program is: its version and commit, and the libraries that it runs with.
#pragma once

#include <string>

namespace signals::cli {

// `signals --version`, as text or JSON.
std::string version_text(bool json);

}  // namespace signals::cli
