#include "cli/config_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/program.h"
#include "core/number.h"
#include "core/text.h"

namespace signals::cli {
namespace {

constexpr std::size_t kWidth = 100;

struct Setting {
  std::string profile, command, option, value, why;
};

const std::vector<Setting>& settings() {
  static const std::vector<Setting> table = {
#define SIGNALS_SETTING(profile, command, option, value, why) \
  {#profile, #command, #option, value, why},
#include "cli/profiles.def"
#undef SIGNALS_SETTING
  };
  return table;
}

const Setting* find_setting(const std::string& profile, const std::string& command,
                            const std::string& option) {
  const auto found = std::ranges::find_if(settings(), [&](const Setting& one) {
    return one.profile == profile && one.command == command && one.option == option;
  });
  return found == settings().end() ? nullptr : &*found;
}

// Comment lines of at most kWidth bytes.
std::string comment(const std::string& text) {
  std::string lines, line = "#";
  for (const auto& word : split(text, ' ')) {
    if (line.size() + 1 + word.size() > kWidth) {
      lines += line + "\n";
      line = "#";
    }
    line += " " + word;
  }
  return lines + line + "\n";
}

// What stands for an option when it is not given; its type, where that is nothing.
std::string default_value(const CLI::Option& option) {
  if (option.get_expected_max() == 0) return "false";
  const std::string text =
      option.get_default_str().empty() ? option.get_type_name() : option.get_default_str();
  if (option.get_expected_max() > 1) return "[\"" + text + "\"]";
  return number_in<double>(text) ? text : "\"" + text + "\"";
}

std::string option_lines(const CLI::Option& option, const Setting* setting) {
  std::string text = comment(option.get_description());
  const std::string name = option.get_lnames().front();
  if (setting == nullptr) return text + fmt::format("# {} = {}\n", name, default_value(option));
  return text + comment(setting->why) + fmt::format("{} = {}\n", name, setting->value);
}

// A command's own options, or the common ones.
std::string section(const CommandInfo* command, const std::string& profile) {
  std::string text;
  const auto parser = make_parser(command);
  for (const auto* option : parser->app.get_options()) {
    if (option->get_lnames().empty()) continue;
    if (command != nullptr && option->get_group() == kCommonOptions) continue;
    const std::string& name = option->get_lnames().front();
    if (name == "help" || name == "version" || name == "config") continue;
    text += "\n" + option_lines(*option, command == nullptr
                                             ? nullptr
                                             : find_setting(profile, command->name, name));
  }
  return text;
}

}  // namespace

std::vector<std::string> profiles() {
  std::vector<std::string> names;
  for (const auto& one : settings()) {
    if (std::ranges::find(names, one.profile) == names.end()) names.push_back(one.profile);
  }
  return names;
}

std::string config_text(const std::string& profile) {
  std::string text = comment(
      fmt::format("Options of signals, written by `signals init{}`. What the command line or a "
                  "SIGNALS_ variable does not give is taken from here; what stands behind # holds "
                  "by itself, or is an example of what to write. No secrets: those belong into the "
                  "environment.",
                  profile.empty() ? "" : " --profile " + profile));
  text +=
      "\n# For every command, and under each [command] for it alone:\n" + section(nullptr, profile);
  for (const auto& command : commands()) {
    const std::string options = section(&command, profile);
    if (options.empty() || command.name == "init") continue;
    text += fmt::format("\n\n# {}\n[{}]\n", command.summary, command.name) + options;
  }
  return text;
}

}  // namespace signals::cli
