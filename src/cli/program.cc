#include "cli/program.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <thread>

#include "cli/terminal.h"
#include "cli/version.h"
#include "core/clock.h"
#include "core/text.h"

namespace signals::cli {
namespace {

constexpr const char* kUsage = "usage: signals COMMAND [options]";

constexpr const char* kWhat =
    "signals " SIGNALS_VERSION
    ": daily bars of stocks into a data lake, and technical-analysis features from them\n\n";

// What a newcomer needs first, for a command line of no words at all.
std::string first_steps() {
  return std::string(kWhat) + kUsage +
         "\n\nfirst:\n"
         "  signals doctor                   would it work on this machine? what to do if not\n"
         "  signals init --profile numerai   options to start from, in ./signals.toml\n"
         "then, every day, for the names of Numerai:\n"
         "  signals run                      all of it: load, features, data set\n"
         "  signals ready                    can today's live file be used?\n"
         "or for tickers of your own:\n"
         "  signals load --start 2015-01-01 --ticker AAPL --ticker 005930.KS\n"
         "  signals transform --cmd all\n"
         "  signals status\n"
         "\n`signals --help` lists all commands, `signals COMMAND --help` a command's options.\n";
}

std::string overview() {
  std::string text = kWhat;
  text += fmt::format("{}\n\ncommands:\n", kUsage);
  for (const auto& command : commands()) {
    text += fmt::format("  {:<11} {}\n", command.name, command.summary);
  }
  text += "\n`signals COMMAND --help` lists a command's options.\n";
  return text;
}

Error usage(std::string what) { return Error{ErrorCode::usage, std::move(what)}; }

// The option that was meant by an argument no option takes.
Error unknown_argument(const CLI::App& app, const std::string& command,
                       const std::vector<std::string>& extras) {
  const std::string word = extras.empty() ? "" : extras.front();
  if (!word.starts_with("-")) return usage(fmt::format("{} takes no argument '{}'", command, word));
  std::vector<std::string> known;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::string near = did_you_mean(word.substr(0, word.find('=')), known);
  return usage(fmt::format("{} has no option {}{}", command, word,
                           near.empty() ? "" : fmt::format(", did you mean {}?", near)));
}

enum class Required {
  later,  // another layer may still give what is missing
  now,
};

// Parses into `parser`; the error of a wrong command line, or nothing.
std::optional<Error> parse(Parser& parser, const std::string& command,
                           std::vector<std::string> arguments, Required required) {
  std::ranges::reverse(arguments);  // as CLI11 wants a vector
  try {
    parser.app.parse(arguments);
  } catch (const CLI::RequiredError& error) {
    if (required == Required::now) return usage(fmt::format("{}: {}", command, error.what()));
  } catch (const CLI::ExtrasError&) {
    return unknown_argument(parser.app, command, parser.app.remaining());
  } catch (const CLI::ParseError& error) {
    return usage(fmt::format("{}: {}", command, one_line(error.what(), 300)));
  }
  return std::nullopt;
}

// Says where a value of a usage error came from when it was not the command line.
Error with_origin(Error error, const Layered& layered) {
  for (const auto& [option, origin] : layered.origins) {
    const auto at = error.what.find(option);
    const auto end = at + option.size();
    if (at == std::string::npos ||
        (end < error.what.size() && std::isalnum(error.what[end]) != 0)) {
      continue;
    }
    error.what += fmt::format(" ({} comes from {})", option, origin);
  }
  return error;
}

// Prints to stdout at once; false if it cannot be written. A reader that left early is no failure.
bool print(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written || errno == EPIPE;
}

// Asked for each line: a window may change its size.
int terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

TerminalOptions terminal_options(const CommonOptions& common, const Environment& environment) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  return {.json = common.log_format == "json",
          .quiet = common.quiet,
          .interactive = terminal,
          .columns = terminal_columns,
          .colour = terminal && environment("NO_COLOR").value_or("").empty()};
}

// The options as far as they are known where a wrong command line or config file ends the program:
// whoever reads the log is told in the form that was asked for.
CommonOptions log_options(CommonOptions common, const std::vector<std::string>& arguments,
                          const Environment& environment) {
  constexpr std::string_view kOption = "--log-format";
  std::string format = environment("SIGNALS_LOG_FORMAT").value_or("");
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == kOption && i + 1 < arguments.size()) format = arguments[i + 1];
    if (arguments[i].starts_with("--log-format=")) format = arguments[i].substr(kOption.size() + 1);
  }
  if (format == "json") common.log_format = format;
  return common;
}

Result<Context> make_context(const CommonOptions& common, Terminal& terminal,
                             const Environment& environment, const std::atomic<bool>& stop) {
  Context context;
  context.common = common;
  context.observer = &terminal;
  context.environment = environment;
  context.stop = &stop;
  context.now =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  if (!common.now.empty()) {
    auto now = parse_instant(common.now);
    if (!now) return fail(ErrorCode::bad_date, "--now: " + now.error().what);
    context.now = *now;
  }
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  context.threads = common.threads > 0 ? common.threads : std::max(1, cores);
  return context;
}

class Program {
 public:
  Program(const Environment& environment, const std::atomic<bool>& stop)
      : environment_(environment), stop_(stop) {}

  int run(const std::vector<std::string>& arguments) {
    common_ = log_options({}, arguments, environment_);
    if (arguments.empty()) {
      if (common_.log_format == "json") return complain(usage(kUsage));
      fmt::print(stderr, "{}", first_steps());
      return error_info(ErrorCode::usage).exit_code;
    }
    const std::string& first = arguments.front();
    if (first == "--help" || first == "-h" || (first == "help" && arguments.size() == 1)) {
      return print(overview()) ? kDone : kFailed;
    }
    if (first == "--version") return show_version(arguments);
    if (first == "help") return run_command(arguments[1], {"--help"});
    if (first.starts_with("-")) {
      return complain(usage(fmt::format("the command comes first, then {}; {}", first, kUsage)));
    }
    return run_command(first, {arguments.begin() + 1, arguments.end()});
  }

 private:
  static int show_version(const std::vector<std::string>& arguments) {
    const bool json = std::ranges::find(arguments, "--json") != arguments.end();
    return print(version_text(json)) ? kDone : kFailed;
  }

  int run_command(const std::string& name, const std::vector<std::string>& arguments) {
    const CommandInfo* command = find_command(name);
    if (command == nullptr) {
      std::vector<std::string> names;
      for (const auto& one : commands()) names.push_back(one.name);
      const std::string near = did_you_mean(name, names);
      return complain(usage(fmt::format(
          "no command '{}'{}", name, near.empty() ? "" : fmt::format(", did you mean {}?", near))));
    }
    for (const auto& argument : arguments) {
      if (argument == "--help" || argument == "-h") {
        return print(make_parser(command)->app.help()) ? kDone : kFailed;
      }
      if (argument == "--version") return show_version(arguments);
    }
    ending_.event += "." + name;
    const auto prepared = prepare(*command, arguments, environment_, common_);
    common_ = log_options(common_, arguments, environment_);
    if (!prepared) return complain(prepared.error());
    return execute(*prepared->parser, prepared->layered);
  }

  int execute(Parser& parser, const Layered& layered) {
    common_ = parser.common;
    const auto terminal = make_terminal(terminal_options(common_, environment_), system_clock());
    auto context = make_context(common_, *terminal, environment_, stop_);
    if (!context) return end(*terminal, tl::unexpected(with_origin(context.error(), layered)));
    terminal->set_present(context->now);
    auto code = run_guarded(*parser.command, *context);
    terminal->finish();
    ending_.summary = context->summary;
    const bool printed = print(context->out);
    if (!code && code.error().exit_code == 2)
      code = tl::unexpected(with_origin(code.error(), layered));
    if (code && !printed) code = fail(ErrorCode::store_write, "cannot write to stdout");
    return end(*terminal, code);
  }

  // No memory, or a mistake of ours: the log's reader is told in its own form, as of any error.
  static Result<int> run_guarded(Command& command, Context& context) {
    try {
      return command.run(context);
    } catch (const std::exception& error) {
      return fail(ErrorCode::internal, error.what());
    }
  }

  int complain(const Error& error) {
    return end(*make_terminal(terminal_options(common_, environment_), system_clock()),
               tl::unexpected(error));
  }

  // The error, if it is one, and how the program ended.
  int end(Terminal& terminal, const Result<int>& code) {
    if (!code) {
      terminal.error(code.error());
      ending_.error = code.error().line();
    }
    ending_.outcome = run_outcome(code);
    ending_.exit_code = code ? *code : code.error().exit_code;
    ending_.seconds = static_cast<double>((system_clock().elapsed() - begin_).count()) / 1000;
    terminal.end(ending_);
    return ending_.exit_code;
  }

  const Environment& environment_;
  const std::atomic<bool>& stop_;
  CommonOptions common_;
  std::chrono::milliseconds begin_ = system_clock().elapsed();
  Ending ending_{.event = "signals"};
};

}  // namespace

std::unique_ptr<Parser> make_parser(const CommandInfo* command) {
  auto parser = std::make_unique<Parser>();
  CLI::App& app = parser->app;
  CommonOptions& common = parser->common;
  app.set_help_flag();  // again below, so that a command's own options come first
  if (command != nullptr) {
    app.description(command->summary);
    app.name("signals " + command->name);
    parser->command = command->make();
    parser->command->define(app);
  }
  const auto group = [](CLI::Option* option) { option->group(kCommonOptions); };
  group(app.add_option("--lake", common.lake,
                       "where the lake is: a path, file:PATH, s3://BUCKET/PREFIX")
            ->type_name("URI")
            ->capture_default_str());
  group(app.add_option(
               "--s3-endpoint", common.s3_endpoint,
               "the server of s3:// lakes (default AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS)")
            ->type_name("URL"));
  group(app.add_option("--config", common.config,
                       "config file (default ./signals.toml if it is there)")
            ->type_name("FILE"));
  group(app.add_option("--threads", common.threads, "threads (default: one per core)")
            ->check(whole_number(1, 1024))
            ->type_name("N"));
  group(app.add_option("--now", common.now, "take this for the present, as in 2022-10-21T20:30:00Z")
            ->type_name("TIME"));
  group(app.add_flag("--quiet", common.quiet, "nothing on stderr but errors"));
  group(app.add_option("--log-format", common.log_format, "of stderr: text or json")
            ->check(one_of({"text", "json"}))
            ->type_name("FORMAT")
            ->capture_default_str());
  group(app.add_flag("--json", common.json, "the summary on stdout as JSON"));
  group(app.add_flag("--version")->description("print the version, the commit and the libraries"));
  group(app.set_help_flag("-h,--help", "print this help"));
  return parser;
}

Result<Prepared> prepare(const CommandInfo& command, const std::vector<std::string>& arguments,
                         const Environment& environment, CommonOptions& common) {
  const auto first = make_parser(&command);
  const auto wrong = parse(*first, command.name, arguments, Required::later);
  common = first->common;
  if (wrong) return tl::unexpected(*wrong);
  Prepared prepared;
  SIGNALS_ASSIGN(prepared.layered, add_layers(command, first->app, environment));
  prepared.parser = make_parser(&command);
  std::vector<std::string> all = arguments;
  all.insert(all.end(), prepared.layered.arguments.begin(), prepared.layered.arguments.end());
  if (const auto error = parse(*prepared.parser, command.name, all, Required::now)) {
    return tl::unexpected(with_origin(*error, prepared.layered));
  }
  common = prepared.parser->common;
  return prepared;
}

int run_program(const std::vector<std::string>& arguments, const Environment& environment,
                const std::atomic<bool>& stop) {
  return Program(environment, stop).run(arguments);
}

}  // namespace signals::cli
