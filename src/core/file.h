// Whole files of this machine.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace signals {

// The bytes of a regular file. no_input, with the reason, for anything else and for a failed read:
// never a part of the file.
Result<std::string> read_file(const std::string& path);

// Writes a file that is not there yet: whole, or not at all. file_exists, file_write.
Result<void> write_new_file(const std::string& path, std::string_view bytes);

}  // namespace signals
