// signals churn: how much the order of names changes from date to date, as Numerai reckons it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"
#include "lake/tables/dataset.h"
#include "pipeline/feature_churn.h"
#include "pipeline/submission_churn.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::string text(const std::optional<double>& value) {
  return value ? fmt::format("{:.4f}", *value) : "-";
}

Json list(const std::vector<std::optional<double>>& values) {
  Json json = Json::array();
  for (const auto& value : values) json.push_back(number(value));
  return json;
}

Json texts(std::span<const Date> dates) {
  Json json = Json::array();
  for (const Date date : dates) json.push_back(to_string(date));
  return json;
}

struct ColumnChurn {
  std::string column;
  ChurnFigures figures;
};

class ChurnCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--table", table_, "the data set, or a feature table")
        ->type_name("TABLE")
        ->capture_default_str();
    auto* signals = app.add_option("--signals", files_.signals,
                                   "predictions of your own: CSV or Parquet with date, "
                                   "numerai_ticker, signal");
    auto* weights = app.add_option("--weights", files_.weights,
                                   "Numerai's sample weights, whose names are the universe");
    auto* neutralizer = app.add_option("--neutralizer", files_.neutralizer,
                                       "Numerai's neutralizers: neutral churn, retained payout, "
                                       "turnover as well");
    app.add_option("--date", date_, "the newest date to look at (default: the newest there is)")
        ->type_name("D");
    for (auto* option : {signals, weights, neutralizer}) option->type_name("FILE");
    weights->needs(signals);
    neutralizer->needs(weights);
  }

  Result<int> run(Context& context) override {
    if (!date_.empty()) {
      SIGNALS_ASSIGN(files_.date, date_of("--date", date_));
    }
    return files_.signals.empty() ? of_features(context) : of_submission(context);
  }

 private:
  Result<int> of_features(Context& context) const {
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    const Table table(store, table_);
    SIGNALS_ASSIGN(const TableState state, context.existing_table(table));
    std::vector<ColumnChurn> columns;
    const auto take = [&](const std::string& column, const std::vector<DatedValues>& values) {
      std::vector<DatedValues> before;
      for (auto one = values.rbegin() + 1; one != values.rend(); ++one) {
        before.push_back(cleaned(*one));
      }
      columns.push_back({column, churn_figures(cleaned(values.back()), before)});
    };
    SIGNALS_ASSIGN(const ComparedDates compared,
                   each_feature_column(store, table_, state, files_.date, take));
    std::vector<Date> before(compared.dates.rbegin() + 1, compared.dates.rend());
    Json rows = Json::array();
    for (const auto& one : columns) {
      rows.push_back({{"column", one.column},
                      {"churn", number(one.figures.greatest)},
                      {"mean", number(one.figures.mean)},
                      {"each", list(one.figures.each)}});
    }
    const Json json = {{"table", table_},
                       {"date", to_string(compared.dates.back())},
                       {"before", texts(before)},
                       {"names", compared.names.back()},
                       {"rows", compared.rows.back()},
                       {"columns", rows}};
    std::string lines = fmt::format("churn of {} on {}: {} names, {} with a row\n", table_,
                                    to_string(compared.dates.back()),
                                    with_commas(static_cast<std::int64_t>(compared.names.back())),
                                    with_commas(static_cast<std::int64_t>(compared.rows.back())));
    std::ranges::stable_sort(columns, std::ranges::greater(), [](const ColumnChurn& one) {
      return one.figures.greatest.value_or(-1);
    });
    std::size_t width = 6;
    for (const auto& one : columns) width = std::max(width, one.column.size());
    lines += fmt::format("{:<{}} {:>9}", "column", width, "greatest");
    for (const Date date : before) lines += fmt::format(" {:>10}", to_string(date));
    lines += "\n";
    for (const auto& one : columns) {
      lines += fmt::format("{:<{}} {:>9}", one.column, width, text(one.figures.greatest));
      for (const auto& value : one.figures.each) {
        lines += fmt::format(" {:>10}", text(value));
      }
      lines += "\n";
    }
    context.report(json, lines);
    return kDone;
  }

  Result<int> of_submission(Context& context) const {
    SIGNALS_ASSIGN(const auto store, context.store());
    SIGNALS_ASSIGN(const auto tables, table_names(*store));
    SIGNALS_ASSIGN(const SubmissionChurn found,
                   submission_churn(tables.empty() ? nullptr : store, files_));
    context.report(as_json(found), as_text(found));
    return kDone;
  }

  [[nodiscard]] Json as_json(const SubmissionChurn& found) const {
    Json json = {{"signals", files_.signals},
                 {"date", to_string(found.date)},
                 {"before", texts(found.before)},
                 {"universe", found.universe},
                 {"names", found.names},
                 {"predicted", found.predicted},
                 {"churn", number(found.churn.greatest)},
                 {"each", list(found.churn.each)}};
    if (found.neutral) {
      json.update({{"neutral_churn", number(found.neutral_churn.mean)},
                   {"neutral_each", list(found.neutral_churn.each)},
                   {"retained_payout", number(found.retained)},
                   {"turnover", number(found.turnover.greatest)},
                   {"turnover_each", list(found.turnover.each)}});
    }
    return json;
  }

  [[nodiscard]] std::string as_text(const SubmissionChurn& found) const {
    const auto limit = [](const std::optional<double>& value, double most) {
      if (!value) return std::string("too few names in common");
      return fmt::format("{} {}", *value < most ? "below" : "not below", most);
    };
    std::string out = fmt::format(
        "churn of {} on {}\n  universe  {} names, {} predicted ({})\n  churn     {} greatest of "
        "{}, "
        "{}\n",
        files_.signals, to_string(found.date), with_commas(static_cast<std::int64_t>(found.names)),
        with_commas(static_cast<std::int64_t>(found.predicted)), found.universe,
        text(found.churn.greatest), found.before.size(), limit(found.churn.greatest, kMostChurn));
    if (found.neutral) {
      out += fmt::format("  turnover  {} greatest of {}, {}\n", text(found.turnover.greatest),
                         found.before.size(), limit(found.turnover.greatest, kMostTurnover));
      out += fmt::format("  neutral   {} mean churn, {} of a positive payout is left\n",
                         text(found.neutral_churn.mean), text(found.retained));
    }
    out += fmt::format("{:<12} {:>8}", "against", "churn");
    if (found.neutral) out += fmt::format(" {:>8} {:>8}", "neutral", "turnover");
    out += "\n";
    for (std::size_t i = 0; i < found.before.size(); ++i) {
      out += fmt::format("{:<12} {:>8}", to_string(found.before[i]), text(found.churn.each[i]));
      if (found.neutral) {
        out += fmt::format(" {:>8} {:>8}", text(found.neutral_churn.each[i]),
                           text(found.turnover.each[i]));
      }
      out += "\n";
    }
    return out;
  }

  std::string table_ = kDatasetTable, date_;
  SubmissionFiles files_;
};

}  // namespace

std::unique_ptr<Command> make_churn() { return std::make_unique<ChurnCommand>(); }

}  // namespace signals::cli
