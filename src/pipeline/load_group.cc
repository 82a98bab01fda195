#include "pipeline/load_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/stored_rows.h"

namespace signals {
namespace {

// Bars of one commit; a bucket of more is committed in parts.
constexpr std::int64_t kMostBarsOfACommit = 3'000'000;
// Bars that wait for their commits or are in them: beyond, nothing is fetched.
constexpr std::int64_t kMostBarsWaiting = 2'300'000;

// The source is asked for events of so many days before any window.
constexpr std::chrono::days kEventsBefore{15};

std::vector<Date> dates_of(const std::vector<PriceRow>& rows) {
  std::vector<Date> dates;
  for (const auto& row : rows) dates.push_back(row.date);
  return dates;
}

// All that was ever asked for of a ticker, and what is wanted now.
Window whole_window(const SymbolRow* known, const Window& wanted) {
  if (known == nullptr || known->asked_from == known->asked_to) return wanted;
  return {std::min(known->asked_from, wanted.from), std::max(known->asked_to, wanted.to)};
}

bool covers(const Window& outer, const Window& inner) {
  return outer.from <= inner.from && outer.to >= inner.to;
}

// What of a reply is stored when more was asked for only to compare it. Events of the time between
// would all act on the first bar.
Accepted restricted(History history, const Window& only, const Accepted& wide, Instant now) {
  std::erase_if(history.bars, [&](const SourceBar& bar) { return !only.contains(bar.date); });
  history.events_from = std::max(history.events_from, only.from - kEventsBefore);
  Accepted part = accept(history, only, now);
  part.fetched.ticker = wide.fetched.ticker;
  return part;
}

}  // namespace

Result<bool> LoadGroup::run(const std::vector<std::string>& tickers) {
  SIGNALS_ASSIGN(auto jobs, plan(tickers));
  bool go_on = true;
  std::size_t next = 0;
  // One commit for all, unless that would fill the memory.
  while (go_on && next < jobs.size()) {
    std::int64_t bars = 0;
    std::vector<Job> part;
    for (; next < jobs.size() && bars < kMostBarsOfACommit; ++next) {
      const Window& window = jobs[next].ask.window;
      bars += (window.to - window.from).count() * 5 / 7;
      part.push_back(std::move(jobs[next]));
    }
    go_on = fetch(std::move(part));
    if (go_on) go_on = fetch(std::exchange(again_, {}));
    again_.clear();
    SIGNALS_TRY(commit());
  }
  return go_on;
}

Result<std::vector<LoadGroup::Job>> LoadGroup::plan(const std::vector<std::string>& tickers) {
  const Target& target = state_.target;
  Wanted wanted;
  for (const auto& ticker : tickers) {
    const SymbolRow* row = known(ticker);
    if (row == nullptr || decide_ask(ticker, row, {}, target).window.from == Date{}) continue;
    auto& windows = wanted[ticker];
    windows.push_back({row->asked_to - kTailDays, Date::max()});
    if (target.exact) windows.push_back({target.window.from, target.window.from + kTailDays});
  }
  std::map<std::string, std::vector<PriceRow>> stored;
  TableState prices;
  if (!wanted.empty()) {
    SIGNALS_ASSIGN(prices, state_.tables.prices.load());
    SIGNALS_ASSIGN(stored, read_rows(state_.tables.prices, prices, wanted));
  }
  std::vector<Job> jobs;
  for (const auto& ticker : tickers) {
    auto& rows = stored[ticker];
    const Ask ask = decide_ask(ticker, known(ticker), dates_of(rows), target);
    if (ask.what == Asking::nothing || ask.what == Asking::resting) {
      ++(ask.what == Asking::nothing ? state_.report.done_before : state_.report.quarantined);
      ++state_.done;
      continue;
    }
    jobs.push_back({.ticker = ticker, .ask = ask, .stored = std::move(rows)});
  }
  SIGNALS_TRY(anchor(jobs, prices));
  return jobs;
}

// Sees to it that no answer is laid beside stored rows without having been compared with some: a
// split leaves what is not asked for on another scale. Where little is stored in the window (the
// listing was suspended, or the user named a window apart), it is widened to the nearest rows.
Result<void> LoadGroup::anchor(std::vector<Job>& jobs, const TableState& prices) const {
  Windows whole, alone;
  for (auto& job : jobs) {
    const SymbolRow* row = known(job.ticker);
    job.whole = whole_window(row, state_.request.window);
    if (row != nullptr) whole[job.ticker] = job.whole;
  }
  SIGNALS_TRY(widen_to_stored(state_.tables.prices, prices, whole));
  for (auto& job : jobs) {
    const SymbolRow* row = known(job.ticker);
    if (row == nullptr) continue;
    job.whole = whole[job.ticker];
    Window& asked = job.ask.window;
    if (job.ask.what == Asking::whole) asked.from = std::min(asked.from, job.whole.from);
    if (!job.stored.empty() && job.stored.back().date >= row->asked_to - kTailDays) {
      job.last_bar = job.stored.back().date;
    }
    std::erase_if(job.stored, [&](const PriceRow& r) { return !asked.contains(r.date); });
    if (covers(asked, job.whole)) continue;
    if (state_.target.exact) {
      if (job.stored.empty()) alone[job.ticker] = asked;
    } else if (std::ssize(job.stored) < kNearest) {
      alone[job.ticker] = {Date::min(), asked.from};
    }
  }
  SIGNALS_ASSIGN(auto nearest, read_nearest(state_.tables.prices, prices, alone));
  for (auto& job : jobs) {
    const auto found = nearest.find(job.ticker);
    if (found == nearest.end()) continue;
    auto& rows = found->second;
    Window& asked = job.ask.window;
    const Window wide{std::min(asked.from, rows.front().date),
                      std::max(asked.to, rows.back().date + std::chrono::days(1))};
    if (state_.target.exact) {
      if (!covers(asked, wide)) job.only = asked;
      job.stored = std::move(rows);
    } else if (rows.front().date < asked.from) {
      if (!job.last_bar) job.last_bar = rows.back().date;
      job.stored.insert(job.stored.begin(), rows.begin(), rows.end());
    }
    asked = wide;
  }
  return {};
}

bool LoadGroup::fetch(std::vector<Job> jobs) {
  if (jobs.empty()) return true;
  if (state_.stopped()) {
    state_.report.end = FetchEnd::stopped;
    return false;
  }
  std::vector<Query> queries;
  for (const auto& job : jobs) queries.push_back({job.ticker, job.ask.window});
  state_.report.end = source_.fetch(queries, [&](std::size_t index, Result<History> history) {
    ++state_.report.requests;
    take(std::move(jobs[index]), std::move(history));
    state_.observer.progress({state_.done, static_cast<std::int64_t>(state_.request.tickers.size()),
                              static_cast<std::int64_t>(state_.report.failed.size()), state_.rows,
                              source_.pace()});
    while (state_.commits.bars() > 0 && bars_ + state_.commits.bars() > kMostBarsWaiting) {
      state_.commits.wait_for_one();
    }
    return !state_.stopped() && !state_.commits.failed();
  });
  return state_.report.end == FetchEnd::complete;
}

void LoadGroup::take(Job job, Result<History> history) {
  if (history && is_placeholder(*history)) {
    history =
        signals::fail(ErrorCode::unknown_ticker,
                      fmt::format("{}: the source has a dead listing's place-holder", job.ticker));
  }
  if (!history && history.error().code == ErrorCode::no_rows) history = History{};
  if (!history) return fail(job, history.error());
  take_answer(std::move(job), *history);
}

void LoadGroup::fail(const Job& job, Error error) {
  const bool worked_before = state_.last_answers.worked(known(job.ticker));
  if (error.code == ErrorCode::unknown_ticker && state_.journal) {
    state_.missing.push_back(job.ticker);
  }
  ++state_.done;
  const SymbolRow* row = known(job.ticker);
  state_.outcomes.push_back({row == nullptr ? "" : row->exchange, worked_before, true});
  state_.report.failed.push_back({job.ticker, std::move(error), worked_before});
}

void LoadGroup::take_answer(Job job, const History& history) {
  Accepted accepted = accept(history, job.ask.window, state_.request.now);
  Fetched& fetched = accepted.fetched;
  fetched.ticker = history.symbol.empty() ? job.ticker : history.symbol;
  // Two spellings of one symbol are asked for twice and stored once.
  if (job.reason.empty() && !state_.taken.insert(fetched.ticker).second) {
    return count(fetched);
  }
  const SymbolRow* before = known(fetched.ticker);
  SymbolRow row = after_answer(before, fetched.ticker, history, state_.request.now);
  const bool is_whole = covers(job.ask.window, fetched.ticker == job.ticker
                                                   ? job.whole
                                                   : whole_window(before, state_.request.window));

  if (before != nullptr && job.reason.empty() && state_.journal) {
    const Identity identity = identify(*before, history, job.last_bar);
    if (identity == Identity::moved) {
      state_.report.moved[fetched.ticker] =
          fmt::format("{} -> {}", before->exchange, history.exchange.view());
    } else if (identity != Identity::same) {
      state_.report.alarms.push_back(
          fmt::format("{}: {}", fetched.ticker, differences(*before, history)));
      state_.observer.warn(state_.report.alarms.back());
      const bool reused = identity == Identity::reused;
      return ask_again(std::move(job), std::string(reused ? kReused : kCorrected));
    }
    const auto events = state_.target.exact ? Events::ignored : Events::count;
    const Overlap overlap = compare_overlap(job.stored, fetched, events);
    if (overlap.reaches_back && !is_whole) {
      return ask_again(std::move(job), std::string(overlap.split ? kSplit : kRescaled));
    }
  }

  if (job.only && job.reason.empty())
    accepted = restricted(history, *job.only, accepted, state_.request.now);
  row.recheck_from = accepted.recheck_from;
  if (before != nullptr && before->recheck_from &&
      !fetched.window.contains(*before->recheck_from)) {
    row.recheck_from =
        std::min(*before->recheck_from, row.recheck_from.value_or(*before->recheck_from));
  }

  state_.report.left_out += accepted.left_out;
  state_.report.foreign_dividends += static_cast<std::int64_t>(accepted.foreign_dividends.size());
  for (const auto& [date, amount] : accepted.foreign_dividends) {
    state_.foreign_dividends.push_back(
        {fetched.ticker, date, std::string(kForeignDividend), amount});
  }
  count(fetched);
  state_.outcomes.push_back({row.exchange, state_.last_answers.worked(before), false});
  state_.rows += static_cast<std::int64_t>(fetched.rows.size());
  if (before != nullptr) fetched.known_from = before->asked_from;
  if (before != nullptr && is_whole && state_.journal && !fetched.rows.empty()) {
    const bool reused = job.reason == kReused;
    wholes_.push_back({std::move(fetched), std::move(row), job.reason, reused});
    return;
  }
  keep(std::move(fetched), std::move(row), true);
}

void LoadGroup::count(const Fetched& fetched) {
  ++state_.done;
  ++(fetched.rows.empty() ? state_.report.empty : state_.report.loaded);
}

void LoadGroup::ask_again(Job job, std::string reason) {
  job.reason = std::move(reason);
  job.ask = {Asking::whole, job.whole};
  again_.push_back(std::move(job));
}

void LoadGroup::keep(Fetched fetched, SymbolRow row, bool answered_now) {
  if (answered_now) {
    const SymbolRow* before = row.asked_from == row.asked_to ? nullptr : &row;
    const Window window = answered(before, fetched.window, state_.request.now);
    row.asked_from = window.from;
    row.asked_to = window.to;
  }
  if (state_.journal) batch_.symbols.push_back(std::move(row));
  if (!fetched.rows.empty()) {
    bars_ += static_cast<std::int64_t>(fetched.rows.size());
    batch_.fetches.push_back(std::make_shared<const Fetched>(std::move(fetched)));
  }
}

Result<void> LoadGroup::commit() {
  SIGNALS_TRY(settle_wholes());
  batch_.journal = state_.journal;
  bars_ = 0;
  if (state_.commits.failed()) return state_.commits.finish();
  state_.commits.begin(std::exchange(batch_, {}));
  return {};
}

Result<void> LoadGroup::settle_wholes() {
  if (wholes_.empty()) return {};
  std::vector<std::string> tickers;
  for (const auto& whole : wholes_) tickers.push_back(whole.fetched.ticker);
  SIGNALS_ASSIGN(const TableState prices, state_.tables.prices.load());
  SIGNALS_ASSIGN(auto closes, read_closes(state_.tables.prices, prices, tickers));
  for (auto& whole : std::exchange(wholes_, {})) {
    const std::string ticker = whole.fetched.ticker;
    auto& stored = closes[ticker];
    std::erase_if(stored,
                  [&](const DatedClose& one) { return !whole.fetched.window.contains(one.date); });
    const Label currency{known(ticker)->currency};
    SIGNALS_TRY(settle(std::move(whole), stored, currency));
  }
  return {};
}

Result<void> LoadGroup::settle(Whole whole, const std::vector<DatedClose>& stored, Label currency) {
  Fetched& fetched = whole.fetched;
  SymbolRow& row = whole.row;
  const Instant now = state_.request.now;
  if (whole.reused) {
    if (!stored.empty()) SIGNALS_TRY(move_old_company(fetched.ticker, stored.front().date));
    row.asked_from = row.asked_to = Date{};
    fetched.known_from = Date::max();
    state_.report.reloaded[fetched.ticker] = whole.reason;
    keep(std::move(fetched), std::move(row), true);
    return {};
  }
  const auto verdict = check_replacement(stored, fetched, currency, fetched.rows.currency);
  if (verdict.objection && !state_.request.exact) {
    // The old history stays, and the new bars, which may stand on another scale, wait with it.
    state_.report.held[fetched.ticker] = *verdict.objection;
    state_.observer.warn(
        fmt::format("{}: its new history is not taken: {}", fetched.ticker, *verdict.objection));
    row.status = kHeld;
    const SymbolRow* before = known(fetched.ticker);
    row.currency = before->currency;
    keep({}, std::move(row), false);
    return {};
  }
  if (verdict.new_scale) {
    fetched.replaces = true;
    const auto reason = verdict.split ? kSplit : kRescaled;
    state_.report.reloaded[fetched.ticker] = reason;
    batch_.restated.push_back({fetched.ticker, now,
                               verdict.changed_from.value_or(stored.front().date),
                               std::string(reason), verdict.factor});
  } else if (!whole.reason.empty()) {
    state_.report.reloaded[fetched.ticker] = whole.reason;
  }
  keep(std::move(fetched), std::move(row), true);
  return {};
}

Result<std::string> LoadGroup::free_name(const std::string& ticker) const {
  SIGNALS_ASSIGN(const TableState prices, state_.tables.prices.load());
  for (int number = 1;; ++number) {
    const std::string name = fmt::format("{}~{}", ticker, number);
    if (known(name) != nullptr) continue;
    // A run that was killed may have moved an old company there without noting it.
    SIGNALS_ASSIGN(const auto closes, read_closes(state_.tables.prices, prices, {name}));
    if (closes.empty() || closes.begin()->second.empty()) return name;
  }
}

Result<void> LoadGroup::move_old_company(const std::string& ticker, Date first) {
  SIGNALS_TRY(state_.commits.finish());  // it may be in the bucket of the new name
  SIGNALS_ASSIGN(const std::string name, free_name(ticker));
  const Instant now = state_.request.now;
  batch_.restated.push_back({ticker, now, first, std::string(kReused), kUnknown});
  SIGNALS_TRY(
      add_restatements(state_.tables.restatements, std::exchange(batch_.restated, {}), now));
  SIGNALS_TRY(rename_ticker(state_.tables.prices, ticker, name, now));
  SymbolRow old = *known(ticker);
  old.ticker = name;
  old.status = kEnded;
  SymbolRow reset = *known(ticker);
  reset.asked_from = reset.asked_to = Date{};
  return state_.tables.write_symbols({std::move(old), std::move(reset)}, now);
}

}  // namespace signals
