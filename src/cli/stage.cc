#include "cli/stage.h"

#include <set>

#include "cli/layers.h"
#include "cli/program.h"

namespace signals::cli {

namespace {

Environment without_options_of(const std::string& by, const Environment& environment) {
  std::set<std::string> hidden;
  const auto parser = make_parser(find_command(by));
  for (const auto* option : parser->app.get_options()) {
    if (option->get_group() == kCommonOptions) continue;
    for (const auto& name : option->get_lnames()) hidden.insert(variable_name(name));
  }
  return [hidden = std::move(hidden), environment](const std::string& name) {
    return hidden.contains(name) ? std::nullopt : environment(name);
  };
}

}  // namespace

Result<int> run_stage(const Context& context, const std::string& by, const std::string& command,
                      std::vector<std::string> arguments, StageReport& report) {
  const CommandInfo* info = find_command(command);
  arguments.push_back("--lake=" + context.common.lake);
  if (!context.common.config.empty()) arguments.push_back("--config=" + context.common.config);
  if (!context.common.s3_endpoint.empty()) {
    arguments.push_back("--s3-endpoint=" + context.common.s3_endpoint);
  }
  Context stage = context;
  SIGNALS_ASSIGN(
      const Prepared prepared,
      prepare(*info, arguments, without_options_of(by, context.environment), stage.common));
  stage.out.clear();
  stage.summary.clear();
  auto code = prepared.parser->command->run(stage);
  report = {std::move(stage.out), std::move(stage.summary)};
  return code;
}

}  // namespace signals::cli
