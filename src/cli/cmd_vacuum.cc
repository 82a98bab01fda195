// signals vacuum: forgets old snapshots and removes the files that nothing needs any more.
#include "lake/vacuum.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"

namespace signals::cli {
namespace {

class VacuumCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--keep", keep_,
                   "days of snapshots to keep; also kept: the current one, what "
                   "another table was made of, and what has a tag")
        ->check(whole_number(0, 36500))
        ->type_name("DAYS")
        ->capture_default_str();
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    SIGNALS_ASSIGN(const auto tables, vacuum(store, std::chrono::days(keep_), context.now));
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::string text = fmt::format("{:<20} {:>9} {:>9} {:>9} {:>11}\n", "table", "snapshots",
                                   "forgotten", "removed", "bytes");
    for (const auto& one : tables) {
      text += fmt::format("{:<20} {:>9} {:>9} {:>9} {:>11}\n", one.table, with_commas(one.kept),
                          with_commas(one.expired), with_commas(one.files), human_bytes(one.bytes));
      list.push_back({{"table", one.table},
                      {"snapshots", one.kept},
                      {"forgotten", one.expired},
                      {"removed_files", one.files},
                      {"removed_bytes", one.bytes}});
    }
    context.report(list, text);
    return kDone;
  }

 private:
  int keep_ = 7;
};

}  // namespace

std::unique_ptr<Command> make_vacuum() { return std::make_unique<VacuumCommand>(); }

}  // namespace signals::cli
