// Quality: what is odd about single bars, and history that the source gave anew.
#include <fmt/format.h>

#include <algorithm>

#include "lake/tables/quality.h"
#include "lake/tables/restatements.h"
#include "report/sections.h"

namespace signals {
namespace {

constexpr std::size_t kNewest = 60;

std::string month_of(Date date) { return to_string(date).substr(0, 7); }

}  // namespace

Result<Json> quality_section(LakeFacts& facts) {
  SIGNALS_ASSIGN(const TableState* state, facts.table(kQualityTable));
  if (state->files.empty()) return empty_section("no bar has a flag");
  const Table table(facts.lake(), kQualityTable);
  std::map<std::string, std::map<std::string, std::int64_t>> flags;  // flag, exchange
  std::map<int, std::map<std::string, std::int64_t>> years;          // year, flag
  std::vector<QualityRow> newest;
  const auto later = [](const QualityRow& a, const QualityRow& b) {
    return std::tie(a.date, a.ticker, a.flag) > std::tie(b.date, b.ticker, b.flag);
  };
  std::int64_t total = 0;
  for (const auto& file : state->files) {
    SIGNALS_ASSIGN(auto rows, read_quality(table, file));
    for (const auto& row : rows) {
      SIGNALS_ASSIGN(const std::string exchange, facts.exchange_of(row.ticker));
      ++flags[row.flag][exchange];
      ++years[year_of(row.date)][row.flag];
      ++total;
    }
    newest.insert(newest.end(), std::make_move_iterator(rows.begin()),
                  std::make_move_iterator(rows.end()));
    const auto kept = std::min(kNewest, newest.size());
    std::partial_sort(newest.begin(), newest.begin() + static_cast<std::ptrdiff_t>(kept),
                      newest.end(), later);
    newest.resize(kept);
  }
  Json latest = Json::array();
  for (const auto& row : newest) {
    latest.push_back({row.ticker, to_string(row.date), row.flag, rounded(row.value)});
  }
  Json by_year = Json::object();
  for (const auto& [year, counts] : years) by_year[std::to_string(year)] = counts;
  return Json{{"state", "ok"},  {"total", total},   {"kinds", kQualityFlags},
              {"flags", flags}, {"years", by_year}, {"newest", latest}};
}

Result<Json> restatements_section(LakeFacts& facts) {
  SIGNALS_ASSIGN(const TableState* state, facts.table(kRestatementsTable));
  SIGNALS_ASSIGN(auto rows, read_restatements(Table(facts.lake(), kRestatementsTable), *state));
  if (rows.empty()) return empty_section("no stored history was given anew");
  std::map<std::string, std::int64_t> reasons;
  std::map<std::string, std::map<std::string, std::int64_t>> months;  // month, reason
  for (const auto& row : rows) {
    ++reasons[row.reason];
    ++months[month_of(std::chrono::floor<std::chrono::days>(row.seen_on))][row.reason];
  }
  std::ranges::stable_sort(rows, std::ranges::greater(), &Restatement::seen_on);
  Json latest = Json::array();
  for (std::size_t i = 0; i < std::min(kNewest, rows.size()); ++i) {
    const auto& row = rows[i];
    latest.push_back({row.ticker, to_string(row.seen_on), to_string(row.from_date), row.reason,
                      rounded(row.factor)});
  }
  return Json{{"state", "ok"},
              {"total", rows.size()},
              {"reasons", reasons},
              {"months", months},
              {"newest", latest}};
}

}  // namespace signals
