// signals completion: the script that lets a shell complete commands and options.
#include "cli/command.h"
#include "cli/completion.h"

namespace signals::cli {
namespace {

class CompletionCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("shell", shell_, "bash, zsh or fish; the script says where it goes")
        ->required()
        ->check(one_of(shells()));
  }

  Result<int> run(Context& context) override {
    context.out += completion_script(shell_);
    return kDone;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> make_completion() { return std::make_unique<CompletionCommand>(); }

}  // namespace signals::cli
