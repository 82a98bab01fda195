// Features: how much of each column is known, how its values lie, and how fast their order changes.
#include <algorithm>
#include <cmath>

#include "lake/tables/dataset.h"
#include "lake/tables/feature_rows.h"
#include "pipeline/feature_churn.h"
#include "report/sections.h"

namespace signals {
namespace {

constexpr std::array kQuantiles = {0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0};
constexpr std::size_t kBins = 24;

using NullCounts = std::map<std::string, NullCount, std::less<>>;

// Between neighbours as numpy and pandas do.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double part = place - static_cast<double>(below);
  if (part == 0) return sorted[below];
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

// Bins of equal width from the first to the 99th hundredth; what lies outside is in the outer ones.
Json histogram(const std::vector<double>& sorted) {
  double low = quantile(sorted, 0.01), high = quantile(sorted, 0.99);
  if (low == high) {
    low = sorted.front();
    high = sorted.back();
  }
  std::array<std::int64_t, kBins> bins{};
  const double width = (high - low) / static_cast<double>(kBins);
  for (const double value : sorted) {
    const double bin = width > 0 ? std::floor((value - low) / width) : 0;
    ++bins[static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(kBins - 1)))];
  }
  return {{"low", rounded(low)}, {"high", rounded(high)}, {"bins", bins}};
}

// The share of nulls among all rows of the table.
Json null_share(const NullCounts& counts, const std::string& column) {
  const auto found = counts.find(column);
  if (found == counts.end() || found->second.values == 0) return nullptr;
  return rounded(
      static_cast<double>(found->second.nulls) / static_cast<double>(found->second.values), 4);
}

Json figures_of(const std::string& column, const NullCounts& nulls,
                const std::vector<DatedValues>& values) {
  std::vector<double> sorted;
  for (const double value : values.back().values) {
    if (!std::isnan(value)) sorted.push_back(value);
  }
  std::ranges::sort(sorted);
  Json json = {{"name", column}, {"nulls", null_share(nulls, column)}, {"known", sorted.size()}};
  Json quantiles = Json::array();
  if (!sorted.empty()) {
    for (const double share : kQuantiles) quantiles.push_back(rounded(quantile(sorted, share)));
    json["quantiles"] = quantiles;
    json["histogram"] = histogram(sorted);
  }
  std::vector<DatedValues> before;
  for (auto one = values.rbegin() + 1; one != values.rend(); ++one) before.push_back(cleaned(*one));
  const ChurnFigures churn = churn_figures(cleaned(values.back()), before);
  json["churn"] = churn.greatest ? rounded(*churn.greatest) : Json();
  Json each = Json::array();
  for (const auto& one : churn.each) each.push_back(one ? rounded(*one, 4) : Json());
  json["churns"] = each;
  return json;
}

}  // namespace

Result<std::string> feature_table(LakeFacts& facts, bool with_dataset) {
  SIGNALS_ASSIGN(auto names, table_names(*facts.lake()));
  std::string found;
  std::int64_t most = 0;
  for (const auto& name : names) {
    const bool wanted = name == "features" || name.starts_with("features_") ||
                        (with_dataset && name == kDatasetTable);
    if (!wanted) continue;
    SIGNALS_ASSIGN(const TableState* state, facts.table(name));
    if (state->files.empty()) continue;
    if (name == kDatasetTable) return name;
    const auto columns = static_cast<std::int64_t>(feature_columns(*state).size());
    if (columns <= most) continue;
    most = columns;
    found = name;
  }
  return found;
}

Result<Json> features_section(LakeFacts& facts) {
  SIGNALS_ASSIGN(const std::string table, feature_table(facts, true));
  if (table.empty()) return empty_section("no features yet: `signals transform` computes them");
  SIGNALS_ASSIGN(const TableState* state, facts.table(table));
  SIGNALS_ASSIGN(const NullCounts nulls, null_counts(Table(facts.lake(), table), *state));
  Json columns = Json::array();
  SIGNALS_ASSIGN(
      const ComparedDates compared,
      each_feature_column(facts.lake(), table, *state, std::nullopt,
                          [&](const std::string& column, const std::vector<DatedValues>& values) {
                            columns.push_back(figures_of(column, nulls, values));
                          }));
  Json dates = Json::array();
  for (const Date date : compared.dates) dates.push_back(to_string(date));
  return Json{{"state", "ok"},
              {"table", table},
              {"dates", dates},
              {"names", compared.names},
              {"rows", compared.rows},
              {"quantiles", kQuantiles},
              {"most_churn", kMostChurn},
              {"columns", columns}};
}

}  // namespace signals
