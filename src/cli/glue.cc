#include "cli/glue.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lake/glue.h"

namespace signals::cli {

void add_glue_option(CLI::App& app, std::string& database) {
  app.add_option("--glue", database,
                 "enter the lake's tables in this database of AWS Glue, where Athena finds them")
      ->type_name("DATABASE");
}

Result<void> check_glue(const Context& context, const std::string& database) {
  if (database.empty()) return {};
  SIGNALS_TRY(glue_settings(context.common.lake, database,
                            {context.common.s3_endpoint, context.environment}));
  return {};
}

Result<void> enter_in_glue(const Context& context, const std::shared_ptr<ObjectStore>& store,
                           const std::string& database, nlohmann::ordered_json& summary,
                           std::string& text) {
  if (database.empty()) return {};
  SIGNALS_ASSIGN(const auto entries,
                 signals::enter_in_glue(context.common.lake, store, database,
                                        {context.common.s3_endpoint, context.environment}));
  const auto changed = std::ranges::count_if(entries, &GlueEntry::changed);
  summary["glue"] = {{"database", database}, {"tables", entries.size()}, {"changed", changed}};
  text += fmt::format("  glue      {}: {} tables, {} entered anew\n", database, entries.size(),
                      changed);
  return {};
}

}  // namespace signals::cli
