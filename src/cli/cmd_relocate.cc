// signals relocate: tells other engines where a lake is that was moved or copied.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "lake/vacuum.h"

namespace signals::cli {
namespace {

class RelocateCommand final : public Command {
 public:
  void define(CLI::App& /*app*/) override {}

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store(Context::Moved::expected));
    SIGNALS_ASSIGN(const auto moved, relocate(store, context.now));
    std::string text = fmt::format("lake {}\n", store->uri(""));
    for (const auto& table : moved) text += fmt::format("  {} says so now\n", table);
    if (moved.empty()) text += "  every table says so already\n";
    context.report({{"lake", store->uri("")}, {"relocated", moved}}, text);
    return kDone;
  }
};

}  // namespace

std::unique_ptr<Command> make_relocate() { return std::make_unique<RelocateCommand>(); }

}  // namespace signals::cli
