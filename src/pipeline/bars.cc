#include "pipeline/bars.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace signals {
namespace {

using std::chrono::days;
using std::chrono::hours;

// A row younger than this at first sight may still be corrected: it waits for a later run.
constexpr auto kOldEnough = days(14);
// How long after the session's end, and after its first sight, a run may confirm a row.
constexpr auto kConfirmAfter = hours(6);
// For so long a day that was served without prices is asked for again.
constexpr auto kRecheckNulls = days(60);

std::string_view major_unit(std::string_view currency) {
  if (currency == "GBp" || currency == "GBX") return "GBP";
  if (currency == "ZAc") return "ZAR";
  if (currency == "ILA") return "ILS";
  return currency;
}

std::optional<LeftOut> objection(const SourceBar& bar, const Window& window, Instant now) {
  if (bar.live || bar.session_end > now) return LeftOut::live;
  if (!window.contains(bar.date)) return LeftOut::outside_window;
  for (const double price : {bar.high, bar.low, bar.close}) {
    if (!std::isfinite(price)) return LeftOut::no_price;
  }
  if (!(bar.high > 0 && bar.low > 0 && bar.close > 0)) return LeftOut::not_positive;
  return std::nullopt;
}

// A listing that moves keeps its bars, each with the exchange where it was traded.
bool same_exchange(Label a, Label b) { return a.empty() == b.empty(); }

bool same_double(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The sum of the events with an ex-date in (after, until].
double dividends_between(const std::map<Date, double>& events, Date after, Date until) {
  double sum = 0;
  for (auto it = events.upper_bound(after); it != events.end() && it->first <= until; ++it) {
    sum += it->second;
  }
  return sum;
}

double splits_between(const std::map<Date, double>& events, Date after, Date until) {
  double ratio = 1;
  for (auto it = events.upper_bound(after); it != events.end() && it->first <= until; ++it) {
    ratio *= it->second;
  }
  return ratio;
}

Date next_event(const std::map<Date, double>& events, Date after) {
  const auto next = events.upper_bound(after);
  return next == events.end() ? Date::max() : next->first;
}

// Sorts by date; of bars of one date the last stays. Returns how many went.
std::int64_t keep_last_of_each_date(std::vector<FetchedRows::Bar>& bars) {
  using Bar = FetchedRows::Bar;
  if (!std::ranges::is_sorted(bars, {}, &Bar::day)) std::ranges::stable_sort(bars, {}, &Bar::day);
  const auto same_day = [](const Bar& a, const Bar& b) { return a.day == b.day; };
  if (std::ranges::adjacent_find(bars, same_day) == bars.end()) return 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (kept > 0 && bars[kept - 1].day == bars[i].day) --kept;
    bars[kept++] = bars[i];
  }
  const std::size_t gone = bars.size() - kept;
  bars.resize(kept);
  return static_cast<std::int64_t>(gone);
}

std::int32_t day_number(Date date) {
  return static_cast<std::int32_t>(date.time_since_epoch().count());
}

}  // namespace

std::optional<double> unit_factor(Label from, Label to) {
  if (from.empty() || to.empty() || from == to) return 1;
  if (major_unit(from.view()) != major_unit(to.view())) return std::nullopt;
  const bool from_minor = from.view() != major_unit(from.view());
  const bool to_minor = to.view() != major_unit(to.view());
  if (from_minor == to_minor) return 1;
  return to_minor ? 100.0 : 0.01;
}

Accepted accept(const History& history, const Window& window, Instant now) {
  Accepted result;
  result.left_out = history.left_out;
  result.fetched.window = window;
  FetchedRows& rows = result.fetched.rows;
  rows.currency = history.currency;
  rows.exchange = history.exchange;
  rows.fetched_at = now;
  rows.bars.reserve(history.bars.size());
  for (const auto& bar : history.bars) {
    if (const auto reason = objection(bar, window, now)) {
      ++result.left_out[*reason];
      const bool empty = reason == LeftOut::no_price || reason == LeftOut::not_positive;
      if (empty && start_of(bar.date) + kRecheckNulls > now) {
        result.recheck_from = std::min(result.recheck_from.value_or(bar.date), bar.date);
      }
      continue;
    }
    rows.bars.push_back({.day = day_number(bar.date),
                         .settled = bar.session_end + kOldEnough <= now,
                         .open = std::isfinite(bar.open) && bar.open > 0 ? bar.open : kUnknown,
                         .high = bar.high,
                         .low = bar.low,
                         .close = bar.close,
                         .volume = bar.volume >= 0 ? bar.volume : kUnknownVolume});
  }
  result.left_out[LeftOut::duplicate] += keep_last_of_each_date(rows.bars);
  // They may wait for long, and files tell of all years for a window of a few days.
  if (rows.bars.capacity() > 2 * rows.bars.size()) rows.bars.shrink_to_fit();

  for (const auto& dividend : history.dividends) {
    if (dividend.ex_date < history.events_from || dividend.ex_date >= window.to) continue;
    if (const auto factor = unit_factor(dividend.currency, history.currency)) {
      result.fetched.dividends[dividend.ex_date] += dividend.amount * *factor;
    } else if (window.contains(dividend.ex_date)) {
      result.foreign_dividends.emplace_back(dividend.ex_date, dividend.amount);
    }
  }
  for (const auto& split : history.splits) {
    if (split.ex_date < history.events_from || split.ex_date >= window.to) continue;
    result.fetched.splits.try_emplace(split.ex_date, 1).first->second *= split.ratio;
  }
  return result;
}

bool same_values(const PriceRow& a, const PriceRow& b) {
  return same_double(a.open, b.open) && a.high == b.high && a.low == b.low && a.close == b.close &&
         a.volume == b.volume && a.dividend == b.dividend && a.split_ratio == b.split_ratio &&
         a.currency == b.currency && same_exchange(a.exchange, b.exchange);
}

MergeCounts& MergeCounts::operator+=(const MergeCounts& other) {
  added += other.added;
  changed += other.changed;
  removed += other.removed;
  kept += other.kept;
  confirmed += other.confirmed;
  refactored += other.refactored;
  return *this;
}

void chain_factors(std::span<PriceRow> rows, FactorState& state) {
  for (auto& row : rows) {
    if (std::isnan(state.close)) {
      state.factor = 1;
    } else if (row.dividend > 0 && row.split_ratio == 1 && row.dividend < state.close / 2) {
      state.factor *= 1 / (1 - row.dividend / state.close);
    }
    row.dividend_factor = state.factor;
    state.close = row.close;
  }
}

PriceRow FetchedRows::operator[](std::size_t index) const {
  const Bar& bar = bars[index];
  return {.date = date(index),
          .open = bar.open,
          .high = bar.high,
          .low = bar.low,
          .close = bar.close,
          .volume = bar.volume,
          .currency = currency,
          .exchange = exchange,
          .settled = bar.settled,
          .fetched_at = fetched_at};
}

TickerMerge::TickerMerge(std::shared_ptr<const Fetched> fetched) : fetched_(std::move(fetched)) {}

int TickerMerge::first_year() const { return year_of(fetched_->rows.date(0)); }

int TickerMerge::last_year() const {
  return year_of(fetched_->rows.date(fetched_->rows.size() - 1));
}

void TickerMerge::start_after(const PriceRow& row) {
  old_last_ = new_last_ = row.date;
  old_state_ = state_ = {row.close, row.dividend_factor};
}

bool TickerMerge::busy() const {
  return next_ < fetched_->rows.size() || !(state_ == old_state_) || !behind_window_ || replaces();
}

std::vector<PriceRow> TickerMerge::next_year(int year, std::span<const PriceRow> stored,
                                             MergeCounts& counts) {
  using std::chrono::January;
  const Date end{std::chrono::year(year + 1) / January / 1};
  std::size_t fresh_end = next_;
  while (fresh_end < fetched_->rows.size() && fetched_->rows.date(fresh_end) < end) ++fresh_end;
  std::vector<PriceRow> result;
  result.reserve(stored.size() + fresh_end - next_);
  if (stored.empty()) {
    for (; next_ < fresh_end; ++next_) add_new(result.emplace_back(fetched_->rows[next_]), counts);
  }
  auto old = stored.begin();
  while (old != stored.end() || next_ < fresh_end) {
    const bool any_old = old != stored.end(), any_fresh = next_ < fresh_end;
    const bool take_old = any_old && (!any_fresh || old->date <= fetched_->rows.date(next_));
    const bool take_fresh = any_fresh && (!any_old || fetched_->rows.date(next_) <= old->date);
    PriceRow fresh;
    if (take_fresh) fresh = fetched_->rows[next_];
    result.emplace_back();
    if (!step(take_old ? &*old : nullptr, take_fresh ? &fresh : nullptr, result.back(), counts)) {
      result.pop_back();
    }
    if (take_old) ++old;
    if (take_fresh) ++next_;
  }
  return result;
}

void TickerMerge::add_new(PriceRow& row, MergeCounts& counts) {
  place_events(row);
  chain_factors({&row, 1}, state_);
  if (row.date >= fetched_->known_from && !new_before_) new_before_ = row.date;
  ++counts.added;
  new_last_ = row.date;
}

bool TickerMerge::step(const PriceRow* old, const PriceRow* fresh, PriceRow& row,
                       MergeCounts& counts) {
  if (old == nullptr) {
    row = *fresh;
    add_new(row, counts);
    return true;
  }
  if (fresh == nullptr && replaces() && fetched_->window.contains(old->date)) {
    ++counts.removed;
    old_last_ = old->date;
    old_state_ = {old->close, old->dividend_factor};
    return false;
  }
  // On a new scale no row stays as it was.
  const bool seen_later = fresh != nullptr && !replaces() && fresh->fetched_at < old->fetched_at;
  row = fresh != nullptr && !seen_later ? *fresh : *old;
  if (!seen_later) place_events(row);
  chain_factors({&row, 1}, state_);
  note_restated(*old, row);
  if (same_values(*old, row)) {
    if (fresh != nullptr) ++counts.kept;
    const bool confirmed = fresh != nullptr && !old->settled &&
                           (fresh->settled || old->fetched_at + kConfirmAfter <= fresh->fetched_at);
    if (confirmed) ++counts.confirmed;
    if (old->dividend_factor != row.dividend_factor) ++counts.refactored;
    row.exchange = old->exchange;
    row.fetched_at = old->fetched_at;
    row.settled = old->settled || confirmed;
  } else {
    ++counts.changed;
    row.fetched_at = fetched_->rows.fetched_at;
  }
  old_last_ = old->date;
  old_state_ = {old->close, old->dividend_factor};
  new_last_ = row.date;
  return true;
}

void TickerMerge::note_restated(const PriceRow& old, const PriceRow& row) {
  if (new_before_ && !late_from_) late_from_ = new_before_;
  if (old.settled && !corrected_from_ && !same_values(old, row)) corrected_from_ = row.date;
}

void TickerMerge::place_events(PriceRow& row) {
  if (fetched_->window.contains(row.date)) {
    const Date after = new_last_.value_or(fetched_->window.from - days(1));
    row.dividend = 0;
    row.split_ratio = 1;
    if (row.date < no_event_before_) return;
    row.dividend = dividends_between(fetched_->dividends, after, row.date);
    row.split_ratio = splits_between(fetched_->splits, after, row.date);
    no_event_before_ =
        std::min(next_event(fetched_->dividends, row.date), next_event(fetched_->splits, row.date));
  } else if (row.date >= fetched_->window.to && !behind_window_) {
    behind_window_ = true;
    shift_events_behind_window(row);
  }
}

// The first row behind the window holds its own events, of which this fetch knows nothing, and
// those of days without a bar before it, which may have got a bar, or come to light, by this fetch.
void TickerMerge::shift_events_behind_window(PriceRow& row) const {
  const Date after = new_last_.value_or(fetched_->window.from - days(1));
  if (!old_last_) {
    const Date until = fetched_->window.to - days(1);
    row.dividend += dividends_between(fetched_->dividends, after, until);
    row.split_ratio *= splits_between(fetched_->splits, after, until);
  } else if (after > *old_last_) {
    const double moved = dividends_between(fetched_->dividends, *old_last_, after);
    row.dividend = row.dividend - moved > moved * 1e-9 ? row.dividend - moved : 0;
    row.split_ratio /= splits_between(fetched_->splits, *old_last_, after);
  }
}

}  // namespace signals
