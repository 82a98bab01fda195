#include "lake/tables/universe.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "lake/parquet.h"
#include "universe/mapping.h"

namespace signals {
namespace {

struct Row {
  Date date;
  std::string numerai_ticker, composite_figi;
};

// Calls `take(date, ticker, figi)` for each row of a file, in its order.
template <class Take>
Result<void> each_row(const Table& table, const DataFile& file, Take take) {
  SIGNALS_ASSIGN(const auto groups,
                 RowGroups::open(table, file, {"date", "numerai_ticker", "composite_figi"}));
  while (true) {
    SIGNALS_ASSIGN(const Arrays columns, groups->next());
    if (columns.empty()) return {};
    const auto& date = static_cast<const ::arrow::Date32Array&>(*columns[0]);
    const auto& ticker = static_cast<const ::arrow::StringArray&>(*columns[1]);
    const auto& figi = static_cast<const ::arrow::StringArray&>(*columns[2]);
    for (std::int64_t i = 0; i < date.length(); ++i) {
      take(Date{std::chrono::days(date.Value(i))}, ticker.GetView(i),
           figi.IsNull(i) ? std::string_view{} : figi.GetView(i));
    }
  }
}

Result<DataFile> write_year(const Table& table, int year, const std::vector<Row>& rows) {
  SIGNALS_ASSIGN(auto file, ParquetFile::create(table, {year, 0}, arrow_schema(universe_schema())));
  ::arrow::Date32Builder date;
  ::arrow::StringBuilder ticker, figi;
  const auto build = [&]() -> ::arrow::Result<Arrays> {
    for (const auto& row : rows) {
      ARROW_RETURN_NOT_OK(
          date.Append(static_cast<std::int32_t>(row.date.time_since_epoch().count())));
      ARROW_RETURN_NOT_OK(ticker.Append(row.numerai_ticker));
      ARROW_RETURN_NOT_OK(row.composite_figi.empty() ? figi.AppendNull()
                                                     : figi.Append(row.composite_figi));
    }
    Arrays arrays(3);
    ARROW_RETURN_NOT_OK(date.Finish(&arrays[0]));
    ARROW_RETURN_NOT_OK(ticker.Finish(&arrays[1]));
    ARROW_RETURN_NOT_OK(figi.Finish(&arrays[2]));
    return arrays;
  };
  const auto arrays = build();
  if (!arrays.ok()) {
    return tl::unexpected(to_error(ErrorCode::store_write, table.name(), arrays.status()));
  }
  SIGNALS_TRY(file->write(*arrays));
  return file->close();
}

Date first_of(int year) { return Date{std::chrono::year{year} / 1 / 1}; }

// The rows of a year after those of `universe` came; `added` counts what is new.
Result<std::vector<Row>> merged_year(const Table& table, const TableState& base, int year,
                                     const Universe& universe, std::int64_t& added) {
  using Key = std::pair<Date, std::string_view>;
  std::map<Key, std::string_view> fresh;
  const auto end = universe.members.lower_bound(first_of(year + 1));
  for (auto at = universe.members.lower_bound(first_of(year)); at != end; ++at) {
    for (const std::uint32_t member : at->second) {
      const UniverseId& id = universe.ids[member];
      if (id.numerai_ticker.empty()) continue;
      auto& figi = fresh[{at->first, id.numerai_ticker}];
      if (figi.empty()) figi = id.composite_figi;
    }
  }
  std::vector<Row> rows;
  for (const auto& file : base.files) {
    if (file.partition.year != year) continue;
    SIGNALS_TRY(
        each_row(table, file, [&](Date date, std::string_view ticker, std::string_view figi) {
          const auto found = fresh.find(Key{date, ticker});
          if (found != fresh.end()) {
            if (figi.empty() && !found->second.empty()) {
              figi = found->second;
              ++added;
            }
            fresh.erase(found);
          }
          rows.push_back({date, std::string(ticker), std::string(figi)});
        }));
  }
  added += static_cast<std::int64_t>(fresh.size());
  for (const auto& [key, figi] : fresh) {
    rows.push_back({key.first, std::string(key.second), std::string(figi)});
  }
  std::ranges::sort(rows, [](const Row& a, const Row& b) {
    return std::tie(a.date, a.numerai_ticker) < std::tie(b.date, b.numerai_ticker);
  });
  return rows;
}

}  // namespace

const std::vector<ColumnSpec>& universe_schema() {
  static const std::vector<ColumnSpec> schema = {{"date", "date", true, Partitioning::year},
                                                 {"numerai_ticker", "string", true},
                                                 {"composite_figi", "string"}};
  return schema;
}

Result<std::int64_t> add_members(const Table& table, const Universe& universe, Instant now) {
  std::set<int> years;
  for (const auto& [date, members] : universe.members) {
    if (std::ranges::any_of(
            members, [&](std::uint32_t id) { return !universe.ids[id].numerai_ticker.empty(); })) {
      years.insert(year_of(date));
    }
  }
  if (years.empty()) return 0;
  std::int64_t all_added = 0;
  SIGNALS_TRY(table.commit(
      [&](const TableState& base) -> Result<Change> {
        Change change;
        all_added = 0;
        PendingFiles pending(table);
        for (const int year : years) {
          std::int64_t added = 0;
          SIGNALS_ASSIGN(const auto rows, merged_year(table, base, year, universe, added));
          if (added == 0) continue;
          all_added += added;
          SIGNALS_ASSIGN(DataFile file, write_year(table, year, rows));
          pending.add(file);
          change.replaced.insert({year, 0});
          change.added.push_back(std::move(file));
        }
        pending.release();
        change.schema = universe_schema();
        change.summary = {{"command", "resolve"}};
        return change;
      },
      now));
  return all_added;
}

Result<void> each_member(const Table& table, const TableState& state, const TakeMember& take) {
  for (const auto& file : state.files) SIGNALS_TRY(each_row(table, file, take));
  return {};
}

Result<std::vector<MemberSpan>> member_spans(const Table& table) {
  SIGNALS_ASSIGN(const TableState state, table.load());
  std::vector<MemberSpan> spans;
  std::unordered_map<std::string, std::size_t> known;
  std::string key;
  for (const auto& file : state.files) {
    SIGNALS_TRY(
        each_row(table, file, [&](Date date, std::string_view ticker, std::string_view figi) {
          key.assign(ticker).append("\n").append(figi);
          const auto [at, fresh] = known.try_emplace(key, spans.size());
          if (fresh) spans.push_back({std::string(ticker), std::string(figi), date, date});
          MemberSpan& span = spans[at->second];
          span.first = std::min(span.first, date);
          span.last = std::max(span.last, date);
        }));
  }
  return spans;
}

}  // namespace signals
