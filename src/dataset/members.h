// Members: which names were in the universe on a date, and which Yahoo symbol each had then.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/date.h"
#include "universe/mapping.h"

namespace signals {

// A list of members holds until the next one, a week at most; one of single names (fewer than a
// tenth of the live ones) on its own date only.
inline constexpr std::chrono::days kListHolds{7};
inline constexpr std::size_t kLeastShare = 10;

struct MemberName {
  std::string numerai_ticker, composite_figi;  // the FIGI is empty where unknown
  std::string yahoo;                           // a symbol that a universe file gives
};

// Names by date. Fill it, call finish(), then ask.
class Members {
 public:
  // The number of a name; the same for the same name.
  std::uint32_t name(std::string_view ticker, std::string_view figi, std::string_view yahoo);

  // A name was a member on a date; or is one now, says a list without dates.
  void add(Date date, std::uint32_t name) { dated_[date].push_back(name); }
  void add_live(std::uint32_t name) { live_.push_back(name); }

  // Sorts each list by ticker and keeps each ticker once, that with a FIGI before one without.
  // Without a list without dates the newest with one is that of the live names.
  void finish();

  struct List {
    std::span<const std::uint32_t> names;  // ascending by ticker
    bool known = false;                    // of that date, not the live names in its place
  };
  // The newest list that is not after `date`, if it still holds; else the live names.
  [[nodiscard]] List at(Date date) const;

  [[nodiscard]] const std::vector<MemberName>& names() const { return names_; }
  [[nodiscard]] bool empty() const { return dated_.empty() && live_.empty(); }

 private:
  void tidy(std::vector<std::uint32_t>& list) const;

  std::vector<MemberName> names_;
  std::unordered_map<std::string, std::uint32_t> known_;
  std::map<Date, std::vector<std::uint32_t>> dated_;
  std::vector<std::uint32_t> live_;
};

// The ISO country of a numerai_ticker: what stands after its last blank.
std::string_view country_of(std::string_view numerai_ticker);

// The rows of `mapping` by name and date.
class SymbolMap {
 public:
  explicit SymbolMap(std::vector<MappingRow> rows);

  // The symbol that a name had on a date; empty when it had none. A name with a FIGI takes the row
  // of that FIGI, or one without; a name without takes whichever of its ticker held then.
  [[nodiscard]] std::string_view symbol_of(const MemberName& name, Date date) const;

  [[nodiscard]] const std::vector<MappingRow>& rows() const { return rows_; }

 private:
  std::vector<MappingRow> rows_;  // by numerai_ticker, those with a FIGI behind one without
};

}  // namespace signals
