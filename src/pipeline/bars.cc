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

std::string_view major_unit(std::string_view currency) {
  if (currency == "GBp" || currency == "GBX") return "GBP";
  if (currency == "ZAc") return "ZAR";
  if (currency == "ILA") return "ILS";
  return currency;
}

// What a dividend must be multiplied by to stand in the price's unit; empty for another currency.
std::optional<double> unit_factor(Label dividend, Label price) {
  if (dividend.empty() || price.empty() || dividend == price) return 1;
  if (major_unit(dividend.view()) != major_unit(price.view())) return std::nullopt;
  const bool price_is_minor = price.view() != major_unit(price.view());
  const bool dividend_is_minor = dividend.view() != major_unit(dividend.view());
  if (price_is_minor == dividend_is_minor) return 1;
  return price_is_minor ? 100.0 : 0.01;
}

std::optional<LeftOut> objection(const SourceBar& bar, const Window& window) {
  if (bar.live) return LeftOut::live;
  if (!window.contains(bar.date)) return LeftOut::outside_window;
  for (const double price : {bar.high, bar.low, bar.close}) {
    if (!std::isfinite(price)) return LeftOut::no_price;
  }
  if (!(bar.high > 0 && bar.low > 0 && bar.close > 0)) return LeftOut::not_positive;
  return std::nullopt;
}

bool same_double(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The first row on or after `date`, on which an event of that date acts.
PriceRow* row_from(std::vector<PriceRow>& rows, Date date) {
  const auto found = std::ranges::lower_bound(rows, date, {}, &PriceRow::date);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

Accepted accept(const History& history, const Window& window, Instant now) {
  Accepted result;
  result.left_out = history.left_out;
  std::map<Date, PriceRow> by_date;
  for (const auto& bar : history.bars) {
    if (const auto reason = objection(bar, window)) {
      ++result.left_out[*reason];
      continue;
    }
    const PriceRow row{.date = bar.date,
                       .open = std::isfinite(bar.open) && bar.open > 0 ? bar.open : kUnknown,
                       .high = bar.high,
                       .low = bar.low,
                       .close = bar.close,
                       .volume = bar.volume >= 0 ? bar.volume : kUnknownVolume,
                       .currency = history.currency,
                       .exchange = history.exchange,
                       .settled = bar.session_end + kOldEnough <= now,
                       .fetched_at = now};
    if (!by_date.insert_or_assign(bar.date, row).second) ++result.left_out[LeftOut::duplicate];
  }
  for (auto& [date, row] : by_date) result.rows.push_back(row);

  for (const auto& dividend : history.dividends) {
    PriceRow* row = row_from(result.rows, dividend.ex_date);
    if (row == nullptr || dividend.ex_date < window.from) continue;
    if (const auto factor = unit_factor(dividend.currency, history.currency)) {
      row->dividend += dividend.amount * *factor;
    } else {
      ++result.foreign_dividends;
    }
  }
  for (const auto& split : history.splits) {
    PriceRow* row = row_from(result.rows, split.ex_date);
    if (row != nullptr && split.ex_date >= window.from) row->split_ratio *= split.ratio;
  }
  return result;
}

bool same_values(const PriceRow& a, const PriceRow& b) {
  return same_double(a.open, b.open) && a.high == b.high && a.low == b.low && a.close == b.close &&
         a.volume == b.volume && a.dividend == b.dividend && a.split_ratio == b.split_ratio &&
         a.currency == b.currency && a.exchange == b.exchange;
}

MergeCounts& MergeCounts::operator+=(const MergeCounts& other) {
  added += other.added;
  changed += other.changed;
  kept += other.kept;
  confirmed += other.confirmed;
  refactored += other.refactored;
  return *this;
}

std::vector<PriceRow> merge(std::span<const PriceRow> stored, std::span<const PriceRow> fetched,
                            MergeCounts& counts) {
  std::vector<PriceRow> result;
  result.reserve(stored.size() + fetched.size());
  auto old = stored.begin();
  for (std::size_t i = 0; i < fetched.size(); ++i) {
    PriceRow row = fetched[i];
    while (old != stored.end() && old->date < row.date) result.push_back(*old++);
    if (old == stored.end() || old->date != row.date) {
      ++counts.added;
      result.push_back(row);
      continue;
    }
    if (i == 0 && row.dividend == 0 && row.split_ratio == 1) {
      // An event of a day without a bar just before the window acts on this row; the source was not
      // asked about that day, so its silence says nothing.
      row.dividend = old->dividend;
      row.split_ratio = old->split_ratio;
    }
    if (same_values(*old, row)) {
      ++counts.kept;
      const bool confirmed =
          !old->settled && (row.settled || old->fetched_at + kConfirmAfter <= row.fetched_at);
      if (confirmed) ++counts.confirmed;
      row = *old;
      row.settled = old->settled || confirmed;
    } else {
      ++counts.changed;
      row.dividend_factor = old->dividend_factor;
    }
    result.push_back(row);
    ++old;
  }
  result.insert(result.end(), old, stored.end());
  return result;
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

}  // namespace signals
