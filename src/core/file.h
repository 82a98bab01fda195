// Reading a whole file of this machine.
#pragma once

#include <string>

#include "core/result.h"

namespace signals {

// The bytes of a regular file. no_input, with the reason, for anything else and for a failed read:
// never a part of the file.
Result<std::string> read_file(const std::string& path);

}  // namespace signals
