// signals files: the paths of a table's current Parquet files, one a line and nothing else.
#include <nlohmann/json.hpp>

#include "cli/command.h"

namespace signals::cli {
namespace {

class FilesCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("table", table_, "a table of the lake")->required();
    add_snapshot_option(app, snapshot_);
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    const Table table(store, table_);
    SIGNALS_ASSIGN(const TableState state, context.existing_table(table, snapshot_));
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::string text;
    for (const auto& file : state.files) {
      const std::string path = store->uri(table.key(file));
      list.push_back(path);
      text += path + "\n";
    }
    context.report(list, text);
    return kDone;
  }

 private:
  std::string table_, snapshot_;
};

}  // namespace

std::unique_ptr<Command> make_files() { return std::make_unique<FilesCommand>(); }

}  // namespace signals::cli
