#include "pipeline/overlap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace signals {
namespace {

// Closes are float32 at the source: two that are this near are one.
constexpr double kSameClose = 1e-6;
constexpr double kSameFactor = 1e-5;
constexpr std::int64_t kMostCorrections = 3;
constexpr double kLeastKept = 0.98;
constexpr double kJump = 0.4;

bool near(double a, double b, double tolerance) { return std::abs(a / b - 1) <= tolerance; }

// The ratios new / old of common dates.
struct Ratios {
  std::vector<Date> dates;
  std::vector<double> values;

  [[nodiscard]] std::int64_t different() const {
    return std::ranges::count_if(values, [](double k) { return !near(k, 1, kSameClose); });
  }
  // The one factor of all, or unknown.
  [[nodiscard]] double factor() const {
    if (values.empty() || near(values.front(), 1, kSameClose)) return kUnknown;
    const bool one =
        std::ranges::all_of(values, [&](double k) { return near(k, values.front(), kSameFactor); });
    return one ? values.front() : kUnknown;
  }
};

// Hands each date that both have to `take`: the old row, and the fresh close. Ends when that does
// not go on.
template <class Rows, class Take>
void each_common(const Rows& stored, const Fetched& fetched, const Take& take) {
  const FetchedRows& rows = fetched.rows;
  std::size_t fresh = 0;
  for (const auto& old : stored) {
    while (fresh < rows.size() && rows.date(fresh) < old.date) ++fresh;
    if (fresh == rows.size()) return;
    if (rows.date(fresh) == old.date && !take(old, rows.bars[fresh].close)) return;
  }
}

template <class Rows>
Ratios ratios_of(const Rows& stored, const Fetched& fetched) {
  Ratios ratios;
  each_common(stored, fetched, [&](const auto& old, double fresh_close) {
    ratios.dates.push_back(old.date);
    ratios.values.push_back(fresh_close / old.close);
    return true;
  });
  return ratios;
}

// Whether the newest events come to 1 / factor.
bool explained(const std::map<Date, double>& splits, double factor) {
  constexpr std::ptrdiff_t kNewest = 5;
  double ratio = 1;
  for (auto it = splits.rbegin();
       it != splits.rend() && std::distance(splits.rbegin(), it) < kNewest; ++it) {
    ratio *= it->second;
    if (near(ratio * factor, 1, 1e-3)) return true;
  }
  return false;
}

// An event that no stored bar knows of.
bool has_unknown_split(std::span<const PriceRow> stored, const Fetched& fetched) {
  // It changes nothing, and a bar that has it looks like any.
  const auto counts = [](const auto& event) { return event.second != 1; };
  if (stored.empty()) return false;  // nothing stands on another scale
  return std::any_of(fetched.splits.lower_bound(stored.front().date), fetched.splits.end(),
                     [&](const auto& event) {
                       const auto bar =
                           std::ranges::lower_bound(stored, event.first, {}, &PriceRow::date);
                       return counts(event) && (bar == stored.end() || bar->split_ratio == 1);
                     });
}

bool jumps(double before, double after) {
  return after > before * (1 + kJump) || after < before / (1 + kJump);
}

// Whether a history is the stored one, told in another unit of its money.
bool only_unit_differs(const Ratios& ratios, Label stored, Label fresh) {
  const auto unit = unit_factor(stored, fresh);
  if (!unit) return false;
  return *unit == 1 ? ratios.different() == 0 : near(ratios.factor(), *unit, kSameFactor);
}

// The first date at which the fresh history jumps and the old one does not.
std::optional<Date> new_jump(std::span<const DatedClose> stored, const Fetched& fetched) {
  std::optional<Date> jump;
  double old_before = kUnknown, fresh_before = kUnknown;
  each_common(stored, fetched, [&](const DatedClose& old, double fresh_close) {
    if (jumps(fresh_before, fresh_close) && !jumps(old_before, old.close)) jump = old.date;
    old_before = old.close;
    fresh_before = fresh_close;
    return !jump;
  });
  return jump;
}

}  // namespace

Overlap compare_overlap(std::span<const PriceRow> stored, const Fetched& fetched, Events events) {
  Overlap overlap;
  const Ratios ratios = ratios_of(stored, fetched);
  overlap.compared = static_cast<std::int64_t>(ratios.values.size());
  overlap.different = ratios.different();
  overlap.factor = ratios.factor();
  const bool unknown_split = events == Events::count && has_unknown_split(stored, fetched);
  const bool blind = ratios.values.empty() && !stored.empty() && !fetched.rows.empty();
  overlap.split =
      std::isnan(overlap.factor) ? unknown_split : explained(fetched.splits, overlap.factor);
  overlap.reaches_back = unknown_split || blind || overlap.different > kMostCorrections ||
                         (!ratios.values.empty() && !near(ratios.values.front(), 1, kSameClose));
  return overlap;
}

Replacement check_replacement(std::span<const DatedClose> stored, const Fetched& fetched,
                              Label stored_currency, Label currency) {
  Replacement result;
  const Ratios ratios = ratios_of(stored, fetched);
  const std::int64_t different = ratios.different();
  result.factor = ratios.factor();
  result.new_scale = 2 * different > static_cast<std::int64_t>(ratios.values.size());
  for (std::size_t i = 0; i < ratios.values.size() && !result.changed_from; ++i) {
    if (!near(ratios.values[i], 1, kSameClose)) result.changed_from = ratios.dates[i];
  }
  result.split = !std::isnan(result.factor) && explained(fetched.splits, result.factor);
  if (!stored_currency.empty() && !currency.empty() && !(stored_currency == currency) &&
      !only_unit_differs(ratios, stored_currency, currency)) {
    result.objection =
        fmt::format("its currency is {} and was {}", currency.view(), stored_currency.view());
  } else if (result.new_scale && static_cast<double>(fetched.rows.size()) <
                                     kLeastKept * static_cast<double>(stored.size())) {
    result.objection =
        fmt::format("it has {} bars, {} are stored", fetched.rows.size(), stored.size());
  } else if (const auto jump = new_jump(stored, fetched)) {
    result.objection =
        fmt::format("it jumps on {}, where the stored history does not", to_string(*jump));
  }
  return result;
}

}  // namespace signals
