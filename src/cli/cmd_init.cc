// signals init: a commented signals.toml to start from.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/config_file.h"
#include "core/file.h"

namespace signals::cli {
namespace {

class InitCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--profile", profile_,
                   "options that suit a purpose; numerai: total-return prices, windows of 20 to "
                   "130 sessions, lags 5,10,20, ranks within countries; default: none is set")
        ->check(one_of(profiles()))
        ->type_name("PROFILE");
    app.add_option("--out", out_, "the file to write; it must not be there")
        ->type_name("FILE")
        ->capture_default_str();
  }

  Result<int> run(Context& context) override {
    SIGNALS_TRY(write_new_file(out_, config_text(profile_)));
    std::string text = fmt::format("wrote {}\n", out_);
    if (out_ != kDefaultConfig) {
      text += fmt::format("every command takes it by --config {}\n", out_);
    }
    text += "next: look through it, then `signals doctor`, then `signals run`\n";
    context.report({{"file", out_}, {"profile", profile_}}, text);
    return kDone;
  }

 private:
  static constexpr const char* kDefaultConfig = "signals.toml";
  std::string profile_, out_ = kDefaultConfig;
};

}  // namespace

std::unique_ptr<Command> make_init() { return std::make_unique<InitCommand>(); }

}  // namespace signals::cli
