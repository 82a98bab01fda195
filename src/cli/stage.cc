#include "cli/stage.h"

#include "cli/program.h"

namespace signals::cli {

Result<int> run_stage(const Context& context, const std::string& command,
                      std::vector<std::string> arguments, std::string& out) {
  const CommandInfo* info = find_command(command);
  arguments.push_back("--lake=" + context.common.lake);
  if (!context.common.config.empty()) arguments.push_back("--config=" + context.common.config);
  if (!context.common.s3_endpoint.empty()) {
    arguments.push_back("--s3-endpoint=" + context.common.s3_endpoint);
  }
  if (context.common.json) arguments.emplace_back("--json");
  Context stage = context;
  SIGNALS_ASSIGN(const Prepared prepared,
                 prepare(*info, arguments, context.environment, stage.common));
  stage.out.clear();
  const auto code = prepared.parser->command->run(stage);
  out += stage.out;
  return code;
}

}  // namespace signals::cli
