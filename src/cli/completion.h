// Completion of shells: what of a command line the shell can fill in, from the command table.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace signals::cli {

// What follows an option, or stands alone as a command's argument.
struct Completion {
  enum class Kind { none, words, file, folder };
  std::string option;  // without dashes; empty for an argument
  std::string text;    // what it is for
  std::string type;    // FILE, URI…
  Kind kind = Kind::none;
  bool value = false;  // a flag has none
  bool repeats = false;
  std::vector<std::string> words{};
};

// A command's options, in the order of its help, and its argument if it takes one.
std::vector<Completion> completions_of(const CommandInfo& command);

// The shells that there is a script for.
const std::vector<std::string>& shells();

// The script of a shell; empty for one that is not known.
std::string completion_script(const std::string& shell);

}  // namespace signals::cli
