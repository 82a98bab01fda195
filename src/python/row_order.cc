#include <algorithm>
#include <numeric>

#include "python/frame.h"

namespace signals {
namespace {

Date day_of(std::int64_t date, std::int64_t per_day) {
  std::int64_t day = per_day == 1 ? date : date / per_day;
  if (day * per_day > date) --day;  // before 1970 division rounds the other way
  return Date{std::chrono::days{day}};
}

}  // namespace

RowOrder::RowOrder(const FrameRows& frame) {
  dates_.resize(frame.rows);
  if (!read(frame)) sort(frame.tickers);
}

void RowOrder::complain(RowProblem::Kind kind, std::size_t row, std::size_t other) {
  if (!problem_) problem_ = RowProblem{kind, row, other};
}

bool RowOrder::read(const FrameRows& frame) {
  std::vector<bool> seen;
  bool ordered = true;
  for (std::size_t i = 0; i < frame.rows; ++i) {
    if (frame.dates.empty()) {
      dates_[i] = Date{std::chrono::days{i}};
    } else if (frame.dates[i] == kNoDate) {
      complain(RowProblem::Kind::no_date, i);
    } else {
      dates_[i] = day_of(frame.dates[i], frame.per_day);
    }
    const std::int32_t ticker = frame.tickers.empty() ? 0 : frame.tickers[i];
    if (ticker < 0) {
      complain(RowProblem::Kind::no_ticker, i);
      continue;
    }
    if (i > 0 && (frame.tickers.empty() || frame.tickers[i - 1] == ticker)) {
      ordered = ordered && dates_[i - 1] < dates_[i];
      continue;
    }
    const auto at = static_cast<std::size_t>(ticker);
    if (at >= seen.size()) seen.resize(at + 1);
    ordered = ordered && !seen[at];
    seen[at] = true;
    if (!groups_.empty()) groups_.back().end = i;
    groups_.push_back({i, frame.rows});
  }
  return ordered || problem_;
}

void RowOrder::sort(std::span<const std::int32_t> tickers) {
  groups_.clear();
  sorted_.resize(dates_.size());
  if (tickers.empty()) {
    std::iota(sorted_.begin(), sorted_.end(), std::size_t{0});
    groups_.push_back({0, sorted_.size()});
  } else {
    const auto last = static_cast<std::size_t>(*std::ranges::max_element(tickers));
    std::vector<std::size_t> next(last + 2);
    for (const auto ticker : tickers) ++next[static_cast<std::size_t>(ticker) + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (std::size_t t = 0; t <= last; ++t) {
      if (next[t] < next[t + 1]) groups_.push_back({next[t], next[t + 1]});
    }
    for (std::size_t i = 0; i < tickers.size(); ++i) {
      sorted_[next[static_cast<std::size_t>(tickers[i])]++] = i;
    }
  }
  const auto earlier = [&](std::size_t a, std::size_t b) { return dates_[a] < dates_[b]; };
  for (const auto& group : groups_) {
    const auto begin = sorted_.begin() + static_cast<std::ptrdiff_t>(group.begin);
    const auto end = sorted_.begin() + static_cast<std::ptrdiff_t>(group.end);
    if (!std::is_sorted(begin, end, earlier)) std::stable_sort(begin, end, earlier);
    const auto same = std::adjacent_find(
        begin, end, [&](std::size_t a, std::size_t b) { return dates_[a] == dates_[b]; });
    if (same != end) complain(RowProblem::Kind::duplicate, *same, *(same + 1));
  }
  std::vector<Date> by_position(dates_.size());
  std::ranges::transform(sorted_, by_position.begin(),
                         [&](std::size_t row) { return dates_[row]; });
  dates_ = std::move(by_position);
}

void RowOrder::mark_rows_after(std::size_t lag, std::span<bool> kept) const {
  for (const auto& group : groups_) {
    for (std::size_t i = group.begin; i < group.end; ++i) {
      kept[sorted_.empty() ? i : sorted_[i]] = i - group.begin >= lag;
    }
  }
}

}  // namespace signals
