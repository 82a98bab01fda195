// signals skew: whether what was served live is what training sees.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"
#include "lake/tables/dataset.h"
#include "lake/tables/dataset_skew.h"
#include "pipeline/readiness.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

class SkewCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--days", days_, "of the newest live files, so many")
        ->check(whole_number(1, 100'000))
        ->type_name("N")
        ->capture_default_str();
    add_snapshot_option(app, snapshot_);
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    const Table dataset(store, kDatasetTable);
    SIGNALS_ASSIGN(const TableState state, context.existing_table(dataset, snapshot_));
    SIGNALS_ASSIGN(const auto served, served_files(state, static_cast<std::size_t>(days_)));
    Json list = Json::array();
    std::string text =
        fmt::format("{:<12} {:>8} {:>7} {:>7} {:>12} {:>10} {:>10}  {}\n", "live file", "snapshot",
                    "names", "rows", "cells", "differ", "greatest", "");
    for (const auto& one : served) {
      SIGNALS_ASSIGN(const Skew skew, live_skew(dataset, state, one.path, one.date));
      text += line(one, skew);
      list.push_back(as_json(one, skew));
    }
    if (served.empty()) text = "no live file was published yet\n";
    context.report(list, text);
    return kDone;
  }

 private:
  static std::string line(const ServedFile& one, const Skew& skew) {
    std::string note = skew.greatest > 0 ? skew.column : "";
    const auto add = [&](std::int64_t count, const char* what) {
      if (count == 0) return;
      note += fmt::format("{}{} {}", note.empty() ? "" : ", ", with_commas(count), what);
    };
    add(skew.added, "rows that were not served");
    add(skew.removed, "rows that are gone");
    add(skew.columns_gone, "columns that are gone");
    return fmt::format("{:<12} {:>8} {:>7} {:>7} {:>12} {:>10} {:>10.3g}  {}\n",
                       to_string(one.date), one.snapshot, with_commas(skew.names),
                       with_commas(skew.rows), with_commas(skew.cells), with_commas(skew.differ),
                       skew.greatest, note.empty() ? "the same" : note);
  }

  static Json as_json(const ServedFile& one, const Skew& skew) {
    return {{"date", to_string(one.date)},
            {"snapshot", one.snapshot},
            {"names", skew.names},
            {"rows", skew.rows},
            {"cells", skew.cells},
            {"differ", skew.differ},
            {"greatest", skew.greatest},
            {"column", skew.column.empty() ? Json() : Json(skew.column)},
            {"rows_not_served", skew.added},
            {"rows_gone", skew.removed},
            {"columns_gone", skew.columns_gone}};
  }

  int days_ = 30;
  std::string snapshot_;
};

}  // namespace

std::unique_ptr<Command> make_skew() { return std::make_unique<SkewCommand>(); }

}  // namespace signals::cli
