#include "pipeline/standing.h"

#include <fmt/format.h>

#include <algorithm>

namespace signals {
namespace {

using std::chrono::days;

constexpr std::int64_t kDaysUntilQuarantine = 3;
constexpr std::int64_t kLongestRest = 30;
// An answer that is older than others of its exchange by more says nothing of the present: else
// names that died during a long pause would be an outage for ever.
constexpr auto kLately = days(10);
// An exchange that is silent for so much longer than others is gone, not out.
constexpr auto kLongestOutage = days(60);
// A first trade date moves by a few days when a source loads a listing's history anew.
constexpr auto kSameListing = days(30);
constexpr std::string_view kDeadExchange = "YHD";

Date day_of(Instant at) { return std::chrono::floor<days>(at); }

bool differ(std::string_view a, std::string_view b) { return !a.empty() && !b.empty() && a != b; }

}  // namespace

bool is_placeholder(const History& history) { return history.exchange.view() == kDeadExchange; }

SymbolRow after_answer(const SymbolRow* known, const std::string& ticker, const History& history,
                       Instant now) {
  SymbolRow row = known == nullptr ? SymbolRow{} : *known;
  row.ticker = ticker;
  if (history.first_trade_date) row.first_trade_date = history.first_trade_date;
  if (!history.currency.empty()) row.currency = history.currency.view();
  if (!history.exchange.empty()) row.exchange = history.exchange.view();
  if (!history.zone.empty()) row.zone = history.zone;
  if (!history.name.empty()) row.name = history.name;
  row.last_ok = now;
  row.failures = 0;
  row.failed_on.reset();
  row.status = kWorking;
  return row;
}

SymbolRow after_missing(const SymbolRow* known, const std::string& ticker, Instant now) {
  SymbolRow row = known == nullptr ? SymbolRow{} : *known;
  row.ticker = ticker;
  const Date today = day_of(now);
  if (!row.failed_on || *row.failed_on < today) {
    ++row.failures;
    row.failed_on = today;
  }
  row.status = row.failures >= kDaysUntilQuarantine ? kQuarantined : kMissing;
  return row;
}

bool is_due(const SymbolRow& row, Instant now) {
  if (row.status != kQuarantined || !row.failed_on) return true;
  const std::int64_t doubled = std::int64_t{2}
                               << std::min<std::int64_t>(row.failures - kDaysUntilQuarantine, 5);
  return day_of(now) >= *row.failed_on + days(std::min(doubled, kLongestRest));
}

LastAnswers::LastAnswers(const Symbols& known) {
  for (const auto& [ticker, row] : known) {
    if (!row.last_ok) continue;
    Instant& newest = newest_.try_emplace(row.exchange, *row.last_ok).first->second;
    newest = std::max(newest, *row.last_ok);
    newest_of_all_ = std::max(newest_of_all_, *row.last_ok);
  }
}

bool LastAnswers::worked(const SymbolRow* row) const {
  if (row == nullptr || row->failures > 0 || !row->last_ok) return false;
  const auto newest = newest_.find(row->exchange);
  const Instant here = newest == newest_.end() ? *row->last_ok : newest->second;
  return *row->last_ok + kLately > here && *row->last_ok + kLongestOutage > newest_of_all_;
}

Identity identify(const SymbolRow& known, const History& history, std::optional<Date> last_bar) {
  const bool words =
      differ(known.name, history.name) || differ(known.currency, history.currency.view());
  const bool exchange = differ(known.exchange, history.exchange.view());
  const auto& old_first = known.first_trade_date;
  const auto& new_first = history.first_trade_date;
  const bool later = old_first && new_first && *new_first > *old_first + kSameListing;
  if (later && (words || exchange || (last_bar && *new_first > *last_bar))) {
    return Identity::reused;
  }
  if (words || later) return Identity::changed;
  if (!exchange) return Identity::same;
  const bool same_listing = old_first && new_first && *new_first + kSameListing >= *old_first &&
                            !differ(known.zone, history.zone);
  return same_listing ? Identity::moved : Identity::changed;
}

std::string differences(const SymbolRow& known, const History& history) {
  std::string text;
  const auto add = [&](std::string_view what, std::string_view before, std::string_view after) {
    if (!differ(before, after)) return;
    text += fmt::format("{}{} {} -> {}", text.empty() ? "" : ", ", what, before, after);
  };
  const auto written = [](const std::optional<Date>& date) {
    return date ? to_string(*date) : std::string();
  };
  add("first trade", written(known.first_trade_date), written(history.first_trade_date));
  add("exchange", known.exchange, history.exchange.view());
  add("currency", known.currency, history.currency.view());
  add("name", known.name, history.name);
  return text;
}

std::optional<Outage> find_outage(std::span<const Outcome> outcomes) {
  std::map<std::string, Outage> exchanges;
  Outage all{"all exchanges"};
  for (const auto& one : outcomes) {
    if (!one.worked_before) continue;
    Outage& here = exchanges[one.exchange];
    here.where = one.exchange;
    for (Outage* count : {&here, &all}) {
      ++count->of;
      if (one.failed) ++count->failed;
    }
  }
  // A tiny exchange that failed whole must not hide a large one.
  std::optional<Outage> most;
  for (const auto& [name, here] : exchanges) {
    const bool out = here.failed >= kLeastOutage && 2 * here.failed > here.of;
    if (out && (!most || here.failed > most->failed)) most = here;
  }
  if (most) return most;
  if (all.failed >= kLeastOutage && 20 * all.failed > all.of) return all;
  return std::nullopt;
}

}  // namespace signals
