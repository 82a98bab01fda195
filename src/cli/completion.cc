#include "cli/completion.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "cli/program.h"
#include "core/text.h"

namespace signals::cli {
namespace {

using Kind = Completion::Kind;

Kind kind_of(const std::string& type) {
  if (type == "FILE") return Kind::file;
  if (type == "URI" || type == "DIR" || type == "FOLDER") return Kind::folder;
  return Kind::none;
}

// In single quotes, as bash, zsh and fish all read them.
std::string quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text) safe += c == '\'' ? "'\\''" : std::string(1, c);
  return safe + "'";
}

std::string names() {
  std::string text;
  for (const auto& command : commands()) text += command.name + " ";
  return text;
}

std::string bash_action(const Completion& one) {
  if (one.kind == Kind::words) {
    return "words=" + quoted(fmt::format("{}", fmt::join(one.words, " ")));
  }
  return one.kind == Kind::file ? "kind=-f" : one.kind == Kind::folder ? "kind=-d" : "return 0";
}

// A case for each kind of value. An option whose values are the same in every command that has it
// is one pattern.
std::string bash_values() {
  using Commands = std::set<std::string>;
  std::map<std::string, std::map<std::string, Commands>> by_option;  // option, action
  for (const auto& command : commands()) {
    for (const auto& one : completions_of(command)) {
      if (one.value && !one.option.empty()) {
        by_option[one.option][bash_action(one)].insert(command.name);
      }
    }
  }
  std::map<std::string, std::vector<std::string>> patterns;  // by action
  for (const auto& [option, actions] : by_option) {
    for (const auto& [action, by] : actions) {
      if (actions.size() == 1) {
        patterns[action].push_back("*' --" + option + "'");
        continue;
      }
      for (const auto& command : by) {
        patterns[action].push_back(quoted(fmt::format("{} --{}", command, option)));
      }
    }
  }
  std::string text;
  for (const auto& [action, of] : patterns) {
    text += fmt::format("    {}) {} ;;\n", fmt::join(of, " | "), action);
  }
  return text;
}

std::string bash_script() {
  std::string text = R"(# Completion of bash for signals. For all shells to come:
#   signals completion bash > ~/.local/share/bash-completion/completions/signals
_signals() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local words='' kind=''
  COMPREPLY=()
  if [[ $word == = ]]; then word=''; fi
  if [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi
  if ((COMP_CWORD == 1)) || [[ $command == help ]]; then
)";
  text += fmt::format("    mapfile -t COMPREPLY < <(compgen -W {} -- \"$word\")\n",
                      quoted(names() + "help --help --version"));
  text += "    return 0\n  fi\n  case \"$command $before\" in\n" + bash_values() +
          "    *) case $command in\n";
  for (const auto& command : commands()) {
    std::string words;
    for (const auto& one : completions_of(command)) {
      words += one.option.empty() ? fmt::format("{} ", fmt::join(one.words, " "))
                                  : fmt::format("--{} ", one.option);
    }
    text += fmt::format("      {}) words={} ;;\n", command.name, quoted(std::string(trim(words))));
  }
  return text + R"(    esac ;;
  esac
  if [[ -n $kind ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$kind" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}
complete -F _signals signals
)";
}

// Within _arguments of zsh, brackets and colons have a meaning.
std::string zsh_text(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string zsh_spec(const Completion& one) {
  std::string action = " ";
  if (one.kind == Kind::words) action = fmt::format("({})", fmt::join(one.words, " "));
  if (one.kind == Kind::file) action = "_files";
  if (one.kind == Kind::folder) action = "_files -/";
  if (one.option.empty()) {
    return quoted(fmt::format(":{}:{}", zsh_text(one.text), action));
  }
  const std::string repeat = one.repeats ? "*" : "";
  if (!one.value) return quoted(fmt::format("{}--{}[{}]", repeat, one.option, zsh_text(one.text)));
  return quoted(fmt::format("{}--{}=[{}]:{}:{}", repeat, one.option, zsh_text(one.text),
                            zsh_text(one.type), action));
}

std::string zsh_script() {
  std::string text = R"(#compdef signals
# Completion of zsh for signals: `signals completion zsh > DIR/_signals`, with DIR in the fpath, or
# `source <(signals completion zsh)` after compinit.
_signals() {
  local -a commands=(
)";
  for (const auto& command : commands()) {
    text += fmt::format("    {}\n", quoted(command.name + ":" + zsh_text(command.summary)));
  }
  text += R"(  )
  if ((CURRENT == 2)); then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
    help) _describe -t commands command commands ;;
)";
  for (const auto& command : commands()) {
    text += fmt::format("    {}) _arguments", command.name);
    for (const auto& one : completions_of(command)) text += " \\\n      " + zsh_spec(one);
    text += " ;;\n";
  }
  return text + R"(  esac
}
if [[ $funcstack[1] == _signals ]]; then _signals "$@"; else compdef _signals signals; fi
)";
}

std::string fish_script() {
  std::string text =
      "# Completion of fish for signals:\n"
      "#   signals completion fish > ~/.config/fish/completions/signals.fish\n"
      "complete -c signals -f\n"
      "complete -c signals -n __fish_use_subcommand -l version -d 'print the version'\n"
      "complete -c signals -n __fish_use_subcommand -a help -d 'what a command does'\n"
      "complete -c signals -n '__fish_seen_subcommand_from help' -a " +
      quoted(names()) + "\n";
  for (const auto& command : commands()) {
    text += fmt::format("complete -c signals -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        quoted(command.summary));
  }
  for (const auto& command : commands()) {
    for (const auto& one : completions_of(command)) {
      const std::string words = quoted(fmt::format("{}", fmt::join(one.words, " ")));
      std::string what = one.option.empty() ? "" : " -l " + one.option;
      if (one.kind == Kind::file) what += " -r -F";
      if (one.kind == Kind::folder) what += " -x -a '(__fish_complete_directories)'";
      if (one.kind == Kind::words) what += (one.option.empty() ? " -a " : " -x -a ") + words;
      if (one.kind == Kind::none && one.value) what += " -x";
      text += fmt::format("complete -c signals -n '__fish_seen_subcommand_from {}'{} -d {}\n",
                          command.name, what, quoted(one.text));
    }
  }
  return text;
}

}  // namespace

std::vector<Completion> completions_of(const CommandInfo& command) {
  std::vector<Completion> all;
  const auto parser = make_parser(&command);
  for (auto* option : parser->app.get_options()) {
    Completion one;
    one.option = option->get_lnames().empty() ? "" : option->get_lnames().front();
    one.text = option->get_description();
    one.type = option->get_type_name();
    one.value = option->get_expected_max() > 0;
    one.repeats = option->get_expected_max() > 1;
    one.words = words_of(*option);
    one.kind = !one.words.empty() ? Kind::words : kind_of(one.type);
    if (one.option.empty() && one.words.empty()) continue;
    all.push_back(std::move(one));
  }
  return all;
}

const std::vector<std::string>& shells() {
  static const std::vector<std::string> names = {"bash", "zsh", "fish"};
  return names;
}

std::string completion_script(const std::string& shell) {
  return shell == "bash"   ? bash_script()
         : shell == "zsh"  ? zsh_script()
         : shell == "fish" ? fish_script()
                           : "";
}

}  // namespace signals::cli
