// Command: one verb of the program. It parses without touching files, then runs.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/date.h"
#include "core/result.h"
#include "lake/table.h"
#include "pipeline/observer.h"

namespace signals::cli {

// Exit codes that are no single error's: see docs/architecture.md, "Errors".
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kPartly = 3;
inline constexpr int kTryLater = 4;

// Options that every command takes, as they stand after all layers.
struct CommonOptions {
  std::string lake = "./lake";
  std::string s3_endpoint;
  std::string config;
  std::string now;
  std::string log_format = "text";
  int threads = 0;  // 0: as many as there are cores
  bool quiet = false;
  bool json = false;
};

// The environment variables.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// What a running command works with.
struct Context {
  CommonOptions common;
  Instant now{};
  int threads = 1;
  Observer* observer = nullptr;
  Environment environment{};
  const std::atomic<bool>* stop = nullptr;
  std::string out;      // what goes to stdout
  std::string summary;  // the same as JSON on one line, for the log; "": the command came to none

  // Says what the command found or did: `json` on stdout with --json, else `text`.
  void report(const nlohmann::ordered_json& json, const std::string& text);

  // The store of --lake; usage error for an unknown scheme.
  [[nodiscard]] Result<std::shared_ptr<ObjectStore>> store() const {
    return open_store(common.lake, {common.s3_endpoint, environment});
  }
  // The same, but no_lake unless it has a table. Warns of a lake that was moved, unless that is
  // what the command is about.
  enum class Moved { surprising, expected };
  [[nodiscard]] Result<std::shared_ptr<ObjectStore>> existing_store(
      Moved moved = Moved::surprising) const;
  void warn_if_moved(const std::shared_ptr<ObjectStore>& store) const;
  // A table of it, as --snapshot says; no_table if there is none of the name.
  [[nodiscard]] Result<TableState> existing_table(const Table& table,
                                                  const std::string& snapshot = "") const;
  // The same, but a state that does not exist where there is no table or no such snapshot.
  [[nodiscard]] Result<TableState> table_if_any(const Table& table,
                                                const std::string& snapshot) const;
};

class Command {
 public:
  virtual ~Command() = default;

  // Declares the command's own options.
  virtual void define(CLI::App& app) = 0;

  // Does the work; what it gives to context.report() is printed whatever it returns.
  virtual Result<int> run(Context& context) = 0;
};

// --snapshot, of the commands that read.
void add_snapshot_option(CLI::App& app, std::string& value);

// Options of the commands that ask a source.
void add_source_option(CLI::App& app, std::string& value);
void add_yahoo_url_option(CLI::App& app, std::string& value);
void add_numerai_url_option(CLI::App& app, std::string& value);
void add_rate_option(CLI::App& app, double& value);
void add_cooldown_option(CLI::App& app, double& value);

// Checks of an option's value, with errors for people: "it is a whole number from 1 to 1024".
CLI::Validator whole_number(long min, long max);
CLI::Validator not_negative();
CLI::Validator share();
CLI::Validator one_of(const std::vector<std::string>& words);
// No check: words to complete a value with that is checked later.
CLI::Validator suggest(const std::vector<std::string>& words);
// The words of an option's one_of() or suggest(); empty if it has neither.
std::vector<std::string> words_of(CLI::Option& option);

// The date that an option gives; bad_date names the option.
Result<Date> date_of(const char* option, const std::string& text);

// Seconds of an option; more than a day is a day.
std::chrono::milliseconds milliseconds_of(double seconds);

// What `runs` says of a run that ended so: done, partly, or the error's name.
std::string run_outcome(const Result<int>& code);

struct CommandInfo {
  std::string name;
  std::string summary;
  std::function<std::unique_ptr<Command>()> make;
};

const std::vector<CommandInfo>& commands();
const CommandInfo* find_command(const std::string& name);

#define SIGNALS_COMMAND(name, factory, summary) std::unique_ptr<Command> factory();
#include "cli/commands.def"
#undef SIGNALS_COMMAND

}  // namespace signals::cli
