// As of a date: which of a name's rows was the newest then, and how many sessions of its exchange
// it had missed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"

namespace signals {

// A name that has not traded for so long is not of its exchange any more, nor in the data set.
inline constexpr std::chrono::days kOldest{15};

// The sessions of one exchange, told by the bars of its names: dates on which at least a fifth of
// them traded. The names of a date are those with a bar on it or in the 15 days before it, so that
// no later bar says anything of it: what is told on the day itself is told ever after.
class SessionCount {
 public:
  // The dates of a name's bars, ascending; call it again with later ones.
  void add(std::string_view name, std::span<const Date> dates);

  // The sessions, ascending.
  [[nodiscard]] std::vector<Date> sessions() const;

 private:
  // A number for each day.
  class Days {
   public:
    std::int32_t& operator[](Date date);
    [[nodiscard]] Date begin() const { return begin_; }
    [[nodiscard]] std::size_t size() const { return counts_.size(); }
    [[nodiscard]] std::int32_t at(std::size_t i) const { return i < size() ? counts_[i] : 0; }

   private:
    Date begin_{};
    std::vector<std::int32_t> counts_;
  };

  std::map<std::string, Date, std::less<>> counted_to_;  // by name: its last day that is counted
  Days traded_;                                          // bars on a date
  Days joins_;  // names that count from a date on, less those that do no more
};

struct StalenessLimits {
  int sessions = 5;
  std::chrono::days days = kOldest;
};

// A row, and how many sessions were held after its date up to D.
struct AsOf {
  std::size_t row = 0;
  std::int16_t staleness = 0;
  friend bool operator==(const AsOf&, const AsOf&) = default;
};

// The last of `rows` (ascending dates of one name) that is not after `date`, if it is within the
// limits. `sessions` are those of the name's exchange, from 15 days before `date` at least.
std::optional<AsOf> as_of(std::span<const Date> rows, std::span<const Date> sessions, Date date,
                          const StalenessLimits& limits);

}  // namespace signals
