#include "cli/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/program.h"
#include "core/text.h"

namespace signals::cli {
namespace {

constexpr const char* kDefaultConfig = "signals.toml";

using Values = std::vector<std::string>;
// section ("" for the top) -> option without dashes -> values
using Config = std::map<std::string, std::map<std::string, Values>>;

std::string option_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? "" : option.get_lnames().front();
}

bool is_flag(const CLI::Option& option) { return option.get_expected_max() == 0; }

bool is_list(const CLI::Option& option) { return option.get_expected_max() > 1; }

std::set<std::string> option_names(const CommandInfo* command) {
  std::set<std::string> names;
  const auto parser = make_parser(command);
  for (const auto* option : parser->app.get_options()) names.insert(option_name(*option));
  names.erase("");
  names.erase("help");
  names.erase("config");
  names.erase("version");
  return names;
}

Result<void> check_key(const std::string& file, const std::string& section, const std::string& key,
                       const std::set<std::string>& known) {
  const std::string low = lower(key);
  for (const char* word : {"secret", "password", "token", "api-key", "apikey", "credential"}) {
    if (low.find(word) != std::string::npos) {
      return fail(ErrorCode::config_secret, fmt::format("{}: key '{}'", file, key));
    }
  }
  if (known.contains(key)) return {};
  const std::vector<std::string> names(known.begin(), known.end());
  const std::string near = did_you_mean(key, names);
  return fail(ErrorCode::bad_config,
              fmt::format("{}: {}: no option '{}'{}", file,
                          section.empty() ? "outside a section" : "[" + section + "]", key,
                          near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

// A TOML file with each array on one line, as CLI11 reads them: a value may go over several.
std::string with_arrays_on_one_line(std::istream& stream) {
  std::string text, line;
  int depth = 0;
  while (std::getline(stream, line)) {
    bool value = depth > 0;
    char quote = '\0';
    for (const char c : line) {
      if (quote == '\0' && c == '#') break;
      if (quote != '\0' || c == '"' || c == '\'') {
        quote = quote == '\0' ? c : quote == c ? '\0' : quote;
      } else if (c == '=') {
        value = true;
      } else if (value && c == '[') {
        ++depth;
      } else if (value && c == ']' && depth > 0) {
        --depth;
        text.erase(text.find_last_not_of(", ") + 1);  // a comma may stand after the last item
      }
      text += c;
    }
    text += depth > 0 ? ' ' : '\n';
  }
  return text;
}

Result<Config> read_config(const std::string& file, bool must_exist) {
  Config config;
  std::error_code error;
  if (!must_exist && !std::filesystem::exists(file, error)) return config;
  std::ifstream stream(file);
  if (!stream || std::filesystem::is_directory(file, error)) {
    return fail(ErrorCode::bad_config, fmt::format("cannot read the config file {}", file));
  }
  std::vector<CLI::ConfigItem> items;
  try {
    std::istringstream text(with_arrays_on_one_line(stream));
    items = CLI::ConfigTOML().from_config(text);
  } catch (const CLI::Error& bad) {
    return fail(ErrorCode::bad_config, fmt::format("{}: {}", file, one_line(bad.what(), 200)));
  }
  for (const auto& item : items) {
    if (item.name == "++" || item.name == "--") continue;  // CLI11's marks of a section's ends
    const std::string section = item.parents.empty() ? "" : item.parents.front();
    const CommandInfo* command = find_command(section);
    if (!section.empty() && command == nullptr) {
      return fail(ErrorCode::bad_config, fmt::format("{}: [{}] is no command", file, section));
    }
    std::string key = item.name;
    std::ranges::replace(key, '_', '-');
    SIGNALS_TRY(check_key(file, section, key, option_names(command)));
    config[section][key] = item.inputs;
  }
  return config;
}

// "A, B" -> A and B.
Values list_items(const std::string& text) {
  Values items = split(text, ',');
  for (auto& item : items) {
    item.erase(0, item.find_first_not_of(' '));
    item.erase(item.find_last_not_of(' ') + 1);
  }
  return items;
}

std::optional<bool> truth(const std::string& text) {
  const std::string word = lower(text);
  if (word == "1" || word == "true" || word == "yes" || word == "on") return true;
  if (word == "0" || word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

// Adds one option's values from a layer.
Result<void> add(const CLI::Option& option, const Values& values, const std::string& origin,
                 Layered& layered) {
  const std::string name = "--" + option_name(option);
  layered.origins[name] = origin;
  if (is_flag(option)) {
    const auto on = values.size() == 1 ? truth(values.front()) : std::nullopt;
    if (!on) {
      return fail(ErrorCode::bad_config, fmt::format("{}: {} is true or false", origin, name));
    }
    if (*on) layered.arguments.push_back(name);
    return {};
  }
  if (!is_list(option)) {  // lags = [5, 10, 20] is --lags=5,10,20
    layered.arguments.push_back(fmt::format("{}={}", name, fmt::join(values, ",")));
    return {};
  }
  for (const auto& value : values) layered.arguments.push_back(fmt::format("{}={}", name, value));
  return {};
}

}  // namespace

std::string variable_name(const std::string& option) {
  std::string name = "SIGNALS_";
  for (const char c : option) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

Result<Layered> add_layers(const CommandInfo& command, const CLI::App& app,
                           const Environment& environment) {
  std::string file;
  if (const auto* option = app.get_option_no_throw("--config"); option->count() > 0) {
    file = option->results().front();
  } else {
    file = environment("SIGNALS_CONFIG").value_or("");
  }
  SIGNALS_ASSIGN(const Config config,
                 read_config(file.empty() ? kDefaultConfig : file, !file.empty()));
  Layered layered;
  std::set<std::string> given;  // by this layer or one above it
  const auto is_given = [&](const CLI::Option& option) {
    const auto excluded = option.get_excludes();
    return given.contains(option_name(option)) ||
           std::ranges::any_of(
               excluded, [&](const auto* other) { return given.contains(option_name(*other)); });
  };
  std::vector<const CLI::Option*> options;
  for (const auto* option : app.get_options()) {
    const std::string name = option_name(*option);
    if (name.empty() || name == "help" || name == "config" || name == "version") continue;
    if (option->count() > 0) given.insert(name);
    options.push_back(option);
  }
  // A whole layer before the next: an option that excludes another also shuts it out of lower
  // layers.
  std::set<std::string> found;
  for (const auto* option : options) {
    const std::string variable = variable_name(option_name(*option));
    const auto value = environment(variable);
    if (is_given(*option) || !value || value->empty()) continue;
    SIGNALS_TRY(
        add(*option, is_list(*option) ? list_items(*value) : Values{*value}, variable, layered));
    found.insert(option_name(*option));
  }
  given.merge(found);
  for (const auto* option : options) {
    if (is_given(*option)) continue;
    for (const std::string& section : {command.name, std::string()}) {
      const auto keys = config.find(section);
      if (keys == config.end() || !keys->second.contains(option_name(*option))) continue;
      SIGNALS_TRY(add(*option, keys->second.at(option_name(*option)),
                      file.empty() ? kDefaultConfig : file, layered));
      break;
    }
  }
  return layered;
}

}  // namespace signals::cli
