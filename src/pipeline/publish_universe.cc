#include "pipeline/publish_universe.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lake/tables/mapping.h"
#include "lake/tables/universe.h"

namespace signals {
namespace {

Result<void> add_table(const Table& table, TableState state, Date from, Members& members) {
  if (state.files.empty()) return {};
  const Date newest = std::ranges::max(state.files, {}, &DataFile::last_date).last_date;
  std::erase_if(state.files, [&](const DataFile& file) {
    return file.last_date < from - kListHolds && file.last_date < newest;
  });
  return each_member(table, state, [&](Date date, std::string_view ticker, std::string_view figi) {
    if (date >= from - kListHolds || date == newest)
      members.add(date, members.name(ticker, figi, ""));
  });
}

Result<void> add_file(const Universe& file, Members& members) {
  std::vector<std::uint32_t> numbers;
  bool any = false;
  for (const auto& id : file.ids) {
    any = any || !id.numerai_ticker.empty();
    numbers.push_back(id.numerai_ticker.empty()
                          ? 0
                          : members.name(id.numerai_ticker, id.composite_figi, id.yahoo));
  }
  if (!any) {
    return fail(ErrorCode::bad_universe,
                "--universe: no row has a numerai_ticker, which names the rows of the data set");
  }
  std::set<std::uint32_t> dated;
  for (const auto& [date, ids] : file.members) {
    for (const std::uint32_t id : ids) {
      if (file.ids[id].numerai_ticker.empty()) continue;
      members.add(date, numbers[id]);
      dated.insert(id);
    }
  }
  for (std::uint32_t i = 0; i < file.ids.size(); ++i) {
    if (!dated.contains(i) && !file.ids[i].numerai_ticker.empty()) members.add_live(numbers[i]);
  }
  return {};
}

}  // namespace

Result<PublishUniverse> read_publish_universe(const std::shared_ptr<ObjectStore>& lake,
                                              const std::vector<Universe>& files, Date from) {
  const Table mapping(lake, kMappingTable);
  const Table universe(lake, kUniverseTable);
  PublishUniverse found;
  SIGNALS_ASSIGN(found.mapping_state, mapping.load());
  SIGNALS_ASSIGN(auto rows, read_mapping(mapping));
  SIGNALS_ASSIGN(found.universe_state, universe.load());
  SIGNALS_TRY(add_table(universe, found.universe_state, from, found.members));
  for (const auto& file : files) SIGNALS_TRY(add_file(file, found.members));
  if (found.members.empty()) {
    for (const auto& row : rows) {
      if (!row.valid_to) {
        found.members.add_live(found.members.name(row.numerai_ticker, row.composite_figi, ""));
      }
    }
  }
  found.members.finish();
  const bool symbols =
      !rows.empty() || std::ranges::any_of(found.members.names(),
                                           [](const auto& name) { return !name.yahoo.empty(); });
  if (!symbols) {
    return fail(ErrorCode::no_table, fmt::format("{} has no mapping of names to symbols yet (run "
                                                 "`signals resolve`)",
                                                 lake->uri("")));
  }
  found.symbols = SymbolMap(std::move(rows));
  return found;
}

}  // namespace signals
