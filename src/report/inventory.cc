// What there is: tables, exchanges, runs.
#include <algorithm>
#include <charconv>

#include "lake/tables/runs.h"
#include "report/sections.h"

namespace signals {
namespace {

constexpr std::chrono::days kRunsOf{30};
constexpr std::size_t kMostRuns = 500;

// Classes of how many sessions of their exchange names lack: each from here to the next.
constexpr std::array<std::int64_t, 6> kBehind = {0, 1, 2, 5, 20, 60};

Json table_row(const Result<const TableState*>& loaded, const std::string& name) {
  if (!loaded) return {{"name", name}, {"why", loaded.error().line()}};
  const TableState& state = **loaded;
  std::int64_t rows = 0, bytes = 0;
  for (const auto& file : state.files) {
    rows += file.rows;
    bytes += file.bytes;
  }
  Json dates = nullptr;
  const auto dated = [](const DataFile& file) { return file.last_date != Date{}; };
  if (std::ranges::any_of(state.files, dated)) {
    dates = {to_string(std::ranges::min(state.files, {}, &DataFile::first_date).first_date),
             to_string(std::ranges::max(state.files, {}, &DataFile::last_date).last_date)};
  }
  Json committed = nullptr;
  if (!state.snapshots.empty()) committed = to_string(state.snapshots.back().committed_at);
  return {{"name", name},
          {"rows", rows},
          {"bytes", bytes},
          {"columns", state.schema.size()},
          {"files", state.files.size()},
          {"snapshots", state.snapshots.size()},
          {"dates", dates},
          {"committed_at", committed}};
}

}  // namespace

Result<Json> tables_section(LakeFacts& facts) {
  SIGNALS_ASSIGN(const auto names, table_names(*facts.lake()));
  if (names.empty()) return empty_section("the lake is empty: `signals run` fills it");
  Json tables = Json::array();
  for (const auto& name : names) tables.push_back(table_row(facts.table(name), name));
  return Json{{"state", "ok"}, {"tables", tables}};
}

Result<Json> exchanges_section(LakeFacts& facts) {
  SIGNALS_ASSIGN(const PricesSummary* prices, facts.prices());
  if (prices->rows == 0) return empty_section("no bars yet: `signals load` brings them");
  Json exchanges = Json::array();
  for (const auto& [name, one] : prices->exchanges) {
    std::array<std::int64_t, kBehind.size()> behind{};
    for (const auto& [ticker, newest] : one.newest_by_ticker) {
      if (ticker.find('~') != std::string::npos) continue;  // an old company's
      const auto missing = one.sessions_after(newest);
      const auto above = std::ranges::upper_bound(kBehind, missing);
      ++behind[static_cast<std::size_t>(above - kBehind.begin()) - 1];
    }
    exchanges.push_back({{"exchange", name},
                         {"newest", to_string(one.newest)},
                         {"tickers", one.tickers},
                         {"bars", one.rows},
                         {"behind", behind}});
  }
  return Json{{"state", "ok"},
              {"tickers", prices->tickers},
              {"bars", prices->rows},
              {"unsettled", prices->unsettled},
              {"first", to_string(prices->first)},
              {"last", to_string(prices->last)},
              {"behind", kBehind},
              {"exchanges", exchanges}};
}

Result<Json> runs_section(LakeFacts& facts) {
  SIGNALS_ASSIGN(const TableState* state, facts.table(kRunsTable));
  SIGNALS_ASSIGN(const auto runs, read_runs(Table(facts.lake(), kRunsTable), *state));
  const Instant now = facts.request().now;
  Json rows = Json::array();
  std::size_t older = 0;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (run->at > now) continue;
    if (run->at < now - kRunsOf || rows.size() == kMostRuns) {
      ++older;
      continue;
    }
    Json d = nullptr;
    if (run->d) d = to_string(*run->d);
    rows.push_back({{"at", to_string(run->at)},
                    {"command", run->command},
                    {"d", d},
                    {"outcome", run->outcome},
                    {"seconds", rounded(run->seconds, 3)},
                    {"version", run->version}});
  }
  if (rows.empty()) return empty_section("no run in the last 30 days");
  return Json{{"state", "ok"}, {"days", kRunsOf.count()}, {"older", older}, {"runs", rows}};
}

}  // namespace signals
