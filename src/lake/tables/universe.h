// The table `universe`: which names were members on which dates, as each file said when it was
// seen. One file a year, in order of date and numerai_ticker.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "lake/table.h"
#include "universe/universe.h"
#include "universe/verify.h"

namespace signals {

inline constexpr const char* kUniverseTable = "universe";

const std::vector<ColumnSpec>& universe_schema();

// Adds the dated members of a file that have a numerai_ticker. What is stored of a date stays; a
// FIGI that was not known is filled in. Years in which nothing is new are not written. Returns how
// many rows are new or got their FIGI.
Result<std::int64_t> add_members(const Table& table, const Universe& universe, Instant now);

// Calls `take` for each row of the table, in order of date and name; the FIGI is empty where
// unknown.
using TakeMember = std::function<void(Date, std::string_view ticker, std::string_view figi)>;
Result<void> each_member(const Table& table, const TableState& state, const TakeMember& take);

// Every name of the table and when it was a member.
struct MemberSpan {
  std::string numerai_ticker, composite_figi;
  Date first{}, last{};
};
Result<std::vector<MemberSpan>> member_spans(const Table& table);

}  // namespace signals
