#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/number.h"
#include "core/text.h"

namespace signals::cli {

void add_source_option(CLI::App& app, std::string& value) {
  app.add_option("--source", value, "yahoo, or files:DIR with one CSV file per ticker")
      ->type_name("SOURCE")
      ->capture_default_str();
}

void add_yahoo_url_option(CLI::App& app, std::string& value) {
  app.add_option("--yahoo-url", value, "a server that answers as Yahoo does")->type_name("URL");
}

void add_numerai_url_option(CLI::App& app, std::string& value) {
  app.add_option("--numerai-url", value, "a server that answers as Numerai's does")
      ->type_name("URL");
}

void add_rate_option(CLI::App& app, double& value) {
  app.add_option("--rate", value, "most requests a second; 0 is unpaced, for a server of one's own")
      ->check(not_negative())
      ->type_name("R")
      ->capture_default_str();
}

void add_cooldown_option(CLI::App& app, double& value) {
  app.add_option("--cooldown", value,
                 "seconds to pause after the source refuses; doubles while it goes on refusing")
      ->check(not_negative())
      ->type_name("S")
      ->capture_default_str();
}

CLI::Validator whole_number(long min, long max) {
  const auto check = [min, max](const std::string& text) {
    const auto value = number_in<long>(text);
    return value && *value >= min && *value <= max
               ? std::string()
               : fmt::format("'{}': it is a whole number from {} to {}", text, min, max);
  };
  return {check, ""};
}

namespace {

// CLI11 keeps a name with a validator, which nothing else uses.
constexpr std::string_view kWords = "words: ";

// A number from 0 to `most`, described by `words`.
CLI::Validator number_to(double most, const char* words) {
  const auto check = [most, words](const std::string& text) {
    const auto value = number_in<double>(text);
    return value && *value >= 0 && *value <= most
               ? std::string()
               : fmt::format("'{}': it is a number, {}", text, words);
  };
  return {check, ""};
}

}  // namespace

Result<Date> date_of(const char* option, const std::string& text) {
  auto date = parse_date(text);
  if (!date) return fail(ErrorCode::bad_date, fmt::format("{}: {}", option, date.error().what));
  return date;
}

CLI::Validator not_negative() { return number_to(std::numeric_limits<double>::max(), "0 or more"); }

CLI::Validator share() { return number_to(1, "from 0 to 1"); }

CLI::Validator one_of(const std::vector<std::string>& words) {
  const auto check = [words](const std::string& text) {
    if (std::ranges::find(words, text) != words.end()) return std::string();
    return fmt::format("'{}': it is one of {}", text, fmt::join(words, ", "));
  };
  return {check, "", fmt::format("{}{}", kWords, fmt::join(words, " "))};
}

CLI::Validator suggest(const std::vector<std::string>& words) {
  return {[](const std::string&) { return std::string(); }, "",
          fmt::format("{}{}", kWords, fmt::join(words, " "))};
}

std::vector<std::string> words_of(CLI::Option& option) {
  try {
    for (int i = 0;; ++i) {
      const std::string name = option.get_validator(i)->get_name();
      if (name.starts_with(kWords)) return split(name.substr(kWords.size()), ' ');
    }
  } catch (const CLI::OptionNotFound&) {
    return {};
  }
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(std::llround(std::min(seconds, 86'400.0) * 1000));
}

void Context::report(const nlohmann::ordered_json& json, const std::string& text) {
  // Bytes that are no UTF-8 are replaced.
  constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
  summary = json.dump(-1, ' ', false, kReplace);
  out += common.json ? json.dump(1, ' ', false, kReplace) + "\n" : text;
}

std::string run_outcome(const Result<int>& code) {
  if (!code) return std::string(error_info(code.error().code).name);
  return *code == kPartly ? "partly" : *code == kDone ? "done" : "failed";
}

const std::vector<CommandInfo>& commands() {
  static const std::vector<CommandInfo> table = {
#define SIGNALS_COMMAND(name, factory, summary) {#name, summary, factory},
#include "cli/commands.def"
#undef SIGNALS_COMMAND
  };
  return table;
}

const CommandInfo* find_command(const std::string& name) {
  const auto found = std::ranges::find(commands(), name, &CommandInfo::name);
  return found == commands().end() ? nullptr : &*found;
}

void add_snapshot_option(CLI::App& app, std::string& value) {
  app.add_option("--snapshot", value,
                 "as it was then: a snapshot's number (`signals tables --history`), or a date, at "
                 "its end, UTC")
      ->type_name("ID|DATE");
}

Result<std::shared_ptr<ObjectStore>> Context::existing_store(Moved moved) const {
  SIGNALS_ASSIGN(auto opened, store());
  SIGNALS_ASSIGN(const auto names, table_names(*opened));
  if (names.empty()) {
    return fail(ErrorCode::no_lake, fmt::format("no lake at {}", opened->uri("")));
  }
  if (moved == Moved::surprising) warn_if_moved(opened);
  return opened;
}

void Context::warn_if_moved(const std::shared_ptr<ObjectStore>& store) const {
  const auto names = table_names(*store).value_or(std::vector<std::string>());
  for (const auto& name : names) {
    const Table table(store, name);
    const auto state = table.load_metadata();
    if (!state || !table.is_moved(*state)) continue;
    observer->warn(
        fmt::format("{} was moved or copied here: for other engines its tables are "
                    "still at {}, until `signals relocate`",
                    store->uri(""), state->location));
    return;
  }
}

Result<TableState> Context::table_if_any(const Table& table, const std::string& snapshot) const {
  if (snapshot.empty()) return table.load();
  auto state = table.load_snapshot_of(snapshot);
  if (!state && state.error().code == ErrorCode::no_snapshot) return TableState{};
  return state;
}

Result<TableState> Context::existing_table(const Table& table, const std::string& snapshot) const {
  SIGNALS_ASSIGN(TableState state, table.load_metadata());
  if (state.exists()) return snapshot.empty() ? table.load() : table.load_snapshot_of(snapshot);
  SIGNALS_ASSIGN(const auto names, table_names(table.store()));
  const std::string near = did_you_mean(table.name(), names);
  return fail(ErrorCode::no_table,
              fmt::format("{} has no table '{}'{}", table.store().uri(""), table.name(),
                          near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

}  // namespace signals::cli
