#include "pipeline/feature_churn.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "dataset/as_of.h"
#include "dataset/calendar.h"
#include "lake/tables/dataset.h"
#include "lake/tables/feature_rows.h"
#include "pipeline/name_numbers.h"
#include "pipeline/publish_universe.h"

namespace signals {
namespace {

constexpr std::size_t kColumnsAtOnce = 96;

// Where the rows of a date stand among the names of its universe.
struct Places {
  std::vector<std::uint32_t> names;  // ascending
  std::vector<std::size_t> of_rows;  // by row of the slice

  Places(const std::vector<std::string>& rows, std::vector<std::uint32_t> universe,
         NameNumbers& numbers)
      : names(std::move(universe)) {
    std::vector<std::uint32_t> of_row;
    for (const auto& name : rows) of_row.push_back(numbers[name]);
    names.insert(names.end(), of_row.begin(), of_row.end());
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const auto number : of_row) {
      of_rows.push_back(
          static_cast<std::size_t>(std::ranges::lower_bound(names, number) - names.begin()));
    }
  }

  [[nodiscard]] DatedValues fill(const std::vector<double>& values) const {
    DatedValues filled{names,
                       std::vector<double>(names.size(), std::numeric_limits<double>::quiet_NaN())};
    for (std::size_t i = 0; i < values.size(); ++i) filled.values[of_rows[i]] = values[i];
    return filled;
  }
};

std::vector<Date> weekdays_before(Date last, std::size_t most) {
  std::vector<Date> dates;
  for (Date day = last; dates.size() < most; day -= std::chrono::days(1)) {
    if (is_weekday(day)) dates.push_back(day);
  }
  std::ranges::reverse(dates);
  return dates;
}

// The members of a date; none where the lake has no universe.
std::vector<std::uint32_t> members_of(const Result<PublishUniverse>& universe, Date date,
                                      NameNumbers& numbers) {
  std::vector<std::uint32_t> names;
  if (!universe) return names;
  for (const auto number : universe->members.at(date).names) {
    names.push_back(numbers[universe->members.names()[number].numerai_ticker]);
  }
  return names;
}

}  // namespace

Result<ComparedDates> each_feature_column(const std::shared_ptr<ObjectStore>& lake,
                                          const std::string& name, const TableState& state,
                                          std::optional<Date> last, const TakeColumn& take) {
  const Table table(lake, name);
  const bool is_dataset = name == kDatasetTable;
  const auto all = feature_columns(state);
  if (state.files.empty()) {
    return fail(ErrorCode::no_rows, fmt::format("{} has no rows", lake->uri(name)));
  }
  ComparedDates compared;
  if (is_dataset) {
    SIGNALS_ASSIGN(compared.dates, newest_dataset_dates(table, state, last, kChurnDates + 1));
  } else {
    const Date newest = std::ranges::max(state.files, {}, &DataFile::last_date).last_date;
    compared.dates = weekdays_before(std::min(newest, last.value_or(newest)), kChurnDates + 1);
  }
  if (compared.dates.empty()) {
    return fail(ErrorCode::no_rows, fmt::format("{} has no rows up to then", lake->uri(name)));
  }
  // Without a mapping there is no universe: the names of the rows are all there are.
  Result<PublishUniverse> universe = tl::unexpected(Error{ErrorCode::no_table, ""});
  if (is_dataset) {
    universe = read_publish_universe(lake, {}, compared.dates.front());
    if (!universe && universe.error().code != ErrorCode::no_table) {
      return tl::unexpected(universe.error());
    }
  }
  NameNumbers numbers;
  std::vector<Places> places;
  for (std::size_t begin = 0; begin < all.size(); begin += kColumnsAtOnce) {
    const std::vector<std::string> some(
        all.begin() + static_cast<std::ptrdiff_t>(begin),
        all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), begin + kColumnsAtOnce)));
    SIGNALS_ASSIGN(const auto slices,
                   is_dataset ? read_dataset_dates(table, state, compared.dates, some)
                              : read_feature_dates(table, state, compared.dates, kOldest, some));
    if (places.empty()) {
      for (const auto& slice : slices) {
        places.emplace_back(slice.names, members_of(universe, slice.date, numbers), numbers);
        compared.names.push_back(places.back().names.size());
        compared.rows.push_back(slice.names.size());
      }
    }
    for (std::size_t c = 0; c < some.size(); ++c) {
      std::vector<DatedValues> values;
      for (std::size_t d = 0; d < slices.size(); ++d) {
        values.push_back(places[d].fill(slices[d].columns[c]));
      }
      take(some[c], values);
    }
  }
  return compared;
}

}  // namespace signals
