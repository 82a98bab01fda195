#include "dataset/as_of.h"

#include <algorithm>
#include <limits>

namespace signals {

std::int32_t& SessionCount::Days::operator[](Date date) {
  if (counts_.empty()) begin_ = date;
  if (date < begin_) {
    counts_.insert(counts_.begin(), static_cast<std::size_t>((begin_ - date).count()), 0);
    begin_ = date;
  }
  const auto i = static_cast<std::size_t>((date - begin_).count());
  if (i >= counts_.size()) counts_.resize(i + 1);
  return counts_[i];
}

void SessionCount::add(std::string_view name, std::span<const Date> dates) {
  if (dates.empty()) return;
  auto found = counted_to_.find(name);
  if (found == counted_to_.end()) found = counted_to_.emplace(name, Date::min()).first;
  Date& counted_to = found->second;
  for (const Date date : dates) {
    ++traded_[date];
    if (counted_to == Date::min() || date > counted_to) {
      ++joins_[date];
    } else {
      ++joins_[counted_to + std::chrono::days(1)];  // it goes on: takes back that it left
    }
    counted_to = date + kOldest;
    --joins_[counted_to + std::chrono::days(1)];
  }
}

std::vector<Date> SessionCount::sessions() const {
  std::vector<Date> dates;
  std::int64_t names = 0;
  for (std::size_t i = 0; i < traded_.size(); ++i) {  // both begin with the first bar
    names += joins_.at(i);
    const std::int64_t traded = traded_.at(i);
    if (traded > 0 && 5 * traded >= names) {
      dates.push_back(traded_.begin() + std::chrono::days(static_cast<int>(i)));
    }
  }
  return dates;
}

std::optional<AsOf> as_of(std::span<const Date> rows, std::span<const Date> sessions, Date date,
                          const StalenessLimits& limits) {
  const auto after = std::ranges::upper_bound(rows, date);
  if (after == rows.begin()) return std::nullopt;
  const Date session = *(after - 1);
  if (date - session > limits.days) return std::nullopt;
  const auto missed =
      std::ranges::upper_bound(sessions, date) - std::ranges::upper_bound(sessions, session);
  if (missed > std::min<std::ptrdiff_t>(limits.sessions, std::numeric_limits<std::int16_t>::max()))
    return std::nullopt;
  return AsOf{static_cast<std::size_t>(after - rows.begin() - 1),
              static_cast<std::int16_t>(missed)};
}

}  // namespace signals
