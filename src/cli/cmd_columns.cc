// signals columns: the feature columns that the registry holds.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "ta/registry.h"
#include "ta/scale_free.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string params_text(const ta::Indicator& indicator) {
  std::string text;
  for (const auto& param : indicator.params) {
    text += fmt::format("{}{}.{}={} ({} to {}: {})", text.empty() ? "" : ", ", indicator.name,
                        param.name, param.default_value, param.min, param.max, param.doc);
  }
  return text;
}

Json describe(const ta::Indicator& indicator, const ta::Output& output) {
  Json params = Json::array();
  for (const auto& param : indicator.params) {
    params.push_back({{"name", param.name},
                      {"default", param.default_value},
                      {"min", param.min},
                      {"max", param.max},
                      {"doc", param.doc}});
  }
  return {{"column", fmt::format("feature_{}", output.column)},
          {"indicator", indicator.name},
          {"title", indicator.title},
          {"category", ta::to_string(indicator.category)},
          {"inputs", indicator.inputs},
          {"formula", output.formula},
          {"unit", ta::to_string(output.unit)},
          {"scale_free", ta::scale_free_form(output.unit)},
          {"lookback", ta::to_string(indicator.lookback)},
          {"first_row", output.first_row},
          {"warm_up", output.warm_up},
          {"flag", output.flag},
          {"causal", indicator.causal},
          {"params", params}};
}

class ColumnsCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--cmd", cmd_, "only this category, as in `signals transform --cmd`")
        ->type_name("CATEGORY");
  }

  Result<int> run(Context& context) override {
    const auto category = ta::find_category(cmd_);
    if (cmd_ != "all" && !category) {
      return fail(ErrorCode::usage,
                  fmt::format("--cmd {}: it is one of all, momentum, other, trend, "
                              "volatility, volume",
                              cmd_));
    }
    Json list = Json::array();
    std::string text;
    for (const auto* indicator : ta::indicators()) {
      if (category && indicator->category != *category) continue;
      for (const auto& output : indicator->outputs) {
        list.push_back(describe(*indicator, output));
        text += as_text(*indicator, output);
      }
    }
    context.report(list, text);
    return kDone;
  }

 private:
  static std::string as_text(const ta::Indicator& indicator, const ta::Output& output) {
    std::string text =
        fmt::format("feature_{}\n  {}; {}\n", output.column, indicator.title, output.formula);
    text +=
        fmt::format("  from {}; unit {}; first row {}; history {}{}\n", indicator.inputs,
                    ta::to_string(output.unit), output.first_row, ta::to_string(indicator.lookback),
                    output.warm_up > 0 ? fmt::format(", {} rows", output.warm_up) : "");
    if (output.unit != ta::Unit::none) {
      text += fmt::format("  scale-free: {}\n", ta::scale_free_form(output.unit));
    }
    const std::string params = params_text(indicator);
    return params.empty() ? text : text + fmt::format("  {}\n", params);
  }

  std::string cmd_ = "all";
};

}  // namespace

std::unique_ptr<Command> make_columns() { return std::make_unique<ColumnsCommand>(); }

}  // namespace signals::cli
