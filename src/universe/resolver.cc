#include "universe/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

namespace signals {
namespace {

using std::chrono::days;

// A verified symbol is asked again after so many days and up to as many more, by name, so that the
// requests of later runs are spread; a live one without a symbol sooner, a name of the past later.
constexpr int kAskAgainAfter = 60;
constexpr int kTryAgainAfter = 7;
constexpr int kPastAgainAfter = 180;

// So many unknown names of a market are no chance: symbols that were known are asked again.
constexpr std::int64_t kManyUnknown = 20;
constexpr std::size_t kMostControls = 5;

int spread(const std::string& ticker, int least) {
  std::uint32_t hash = 2166136261U;
  for (const char c : ticker) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return least + static_cast<int>(hash % static_cast<std::uint32_t>(least));
}

// A name of a file without dates is a member now.
Date last_seen(const Seen& seen) { return seen.last.value_or(Date::max()); }

}  // namespace

Resolver::Resolver(ResolveInput input) : input_(std::move(input)) {
  for (std::size_t i = 0; i < input_.known.size(); ++i) {
    const auto& row = input_.known[i];
    known_.emplace(key_of(row.numerai_ticker, row.composite_figi), i);
  }
  make_groups();
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    settle(groups_[i]);
    if (!groups_[i].proposals.empty()) to_ask_.push_back(i);
    outcomes_before_.push_back(groups_[i].outcome);
  }
  // Market by market: a market that is out then shows in one batch.
  std::ranges::stable_sort(to_ask_, {}, [&](std::size_t i) { return country(groups_[i]); });
}

void Resolver::make_groups() {
  // A name's time before Numerai gave FIGIs belongs to the first FIGI that it had.
  std::map<std::string, std::pair<Date, std::string>> first_figi;
  for (const auto& name : input_.names) {
    if (name.composite_figi.empty()) continue;
    const std::pair found(name.seen.first.value_or(Date::max()), name.composite_figi);
    const auto [at, fresh] = first_figi.try_emplace(name.ticker.text(), found);
    if (!fresh) at->second = std::min(at->second, found);
  }
  std::map<std::string, std::size_t> by_key;
  for (std::size_t i = 0; i < input_.names.size(); ++i) {
    const Name& name = input_.names[i];
    std::string figi = name.composite_figi;
    const auto first = first_figi.find(name.ticker.text());
    if (figi.empty() && first != first_figi.end()) figi = first->second.second;
    const std::string key = figi.empty() ? key_of(name.ticker.text(), "") : figi;
    const auto [at, fresh] = by_key.try_emplace(key, groups_.size());
    if (fresh) groups_.push_back({.figi = figi});
    groups_[at->second].names.push_back(i);
  }
  for (auto& group : groups_) {
    std::ranges::stable_sort(group.names, [&](std::size_t a, std::size_t b) {
      const Name& x = input_.names[a];
      const Name& y = input_.names[b];
      return std::tuple(last_seen(x.seen), !x.composite_figi.empty()) >
             std::tuple(last_seen(y.seen), !y.composite_figi.empty());
    });
  }
}

const MappingRow* Resolver::known(const Name& name) const {
  for (const auto& figi : {name.composite_figi, std::string()}) {
    const auto found = known_.find(key_of(name.ticker.text(), figi));
    if (found != known_.end()) return &input_.known[found->second];
  }
  return nullptr;
}

bool Resolver::due(const MappingRow& row, bool live) const {
  if (input_.recheck || !row.verified_on || row.status == MappingStatus::pending) return true;
  const int wait = !live                             ? kPastAgainAfter
                   : row.status == MappingStatus::ok ? kAskAgainAfter
                                                     : kTryAgainAfter;
  return *row.verified_on + days(spread(row.numerai_ticker, wait)) <= input_.today;
}

void Resolver::settle(Group& group) {
  MappingRow& outcome = group.outcome;
  for (const std::size_t i : group.names) {
    const auto found = input_.overrides.find(input_.names[i].ticker.text());
    if (found == input_.overrides.end()) continue;
    outcome = {.yahoo = found->second, .rule = "override", .status = MappingStatus::given};
    return;
  }
  for (const std::size_t i : group.names) {
    if (input_.names[i].given.empty()) continue;
    outcome = {.yahoo = input_.names[i].given, .rule = "file", .status = MappingStatus::given};
    return;
  }
  if (const MappingRow* row = known(input_.names[group.names.front()]);
      row != nullptr && row->rule != "override") {
    outcome = *row;
    if (!due(*row, seen(group).live)) return;
  }
  group.proposals = propose(group);
  if (group.proposals.empty()) {
    outcome = {.rule = "no rule for this country or symbol", .status = MappingStatus::no_rule};
  }
}

std::vector<Resolver::Proposal> Resolver::propose(const Group& group) const {
  std::vector<Proposal> proposals;
  std::set<std::string> symbols;
  const auto add = [&](const Candidate& candidate, std::size_t name) {
    if (symbols.insert(candidate.symbol.text).second) proposals.push_back({candidate, name});
  };
  for (const std::size_t i : group.names) {
    const Name& name = input_.names[i];
    const auto by_rule = candidates(name.ticker);
    const MappingRow* row = known(name);
    if (row != nullptr && !row->yahoo.empty() && row->rule != "override") {
      const auto same = std::ranges::find(by_rule, YahooSymbol{row->yahoo}, &Candidate::symbol);
      add({{row->yahoo}, same == by_rule.end() ? "known" : same->rule}, i);
    }
    for (const auto& candidate : by_rule) add(candidate, i);
  }
  return proposals;
}

bool Resolver::ask(std::size_t count, const Probe& probe) {
  const std::size_t end = next_ + std::min(count, left());
  std::vector<std::size_t> open(to_ask_.begin() + static_cast<std::ptrdiff_t>(next_),
                                to_ask_.begin() + static_cast<std::ptrdiff_t>(end));
  const std::vector<std::size_t> asked = open;
  next_ = end;
  // The first candidates of all groups, then the second ones of those that are still open, …
  while (!open.empty()) {
    std::vector<ProbeQuery> queries;
    std::set<std::string> queried;
    for (const std::size_t i : open) {
      const Group& group = groups_[i];
      const std::string& symbol = group.proposals[group.next].candidate.symbol.text;
      if (answers_.contains(symbol) || !queried.insert(symbol).second) continue;
      queries.push_back({symbol, seen(group).live});
    }
    symbols_asked_ += static_cast<std::int64_t>(queries.size());
    const bool whole = probe(queries, [&](std::size_t index, Result<Listing> listing) {
      answers_.emplace(queries[index].symbol, std::move(listing));
    });
    std::erase_if(open, [&](std::size_t i) {
      Group& group = groups_[i];
      while (true) {
        const auto answer = answers_.find(group.proposals[group.next].candidate.symbol.text);
        if (answer == answers_.end()) return false;
        if (take(group, answer->second)) return true;
      }
    });
    if (!whole) {
      unfinished_ = open.size();
      return false;
    }
  }
  return check_source(asked, probe);
}

const std::string& Resolver::country(const Group& group) const {
  return input_.names[group.names.front()].ticker.country;
}

// Nothing is unknown of a group that was not asked in this run.
bool Resolver::unknown(const Group& group) const {
  const MappingStatus status = group.outcome.status;
  return group.outcome.verified_on == input_.today &&
         (status == MappingStatus::not_found || status == MappingStatus::stale);
}

std::vector<std::string> Resolver::controls(const std::string& of) const {
  std::vector<const MappingRow*> known;
  for (const auto& group : groups_) {
    if (group.outcome.status != MappingStatus::ok) continue;
    if (of.empty() || country(group) == of) known.push_back(&group.outcome);
  }
  std::ranges::stable_sort(known, std::greater{}, &MappingRow::verified_on);
  std::vector<std::string> symbols;
  for (const auto* row : known) {
    if (symbols.size() < kMostControls) symbols.push_back(row->yahoo);
  }
  if (of.empty()) {
    symbols.insert(symbols.end(), input_.controls.begin(), input_.controls.end());
  }
  return symbols;
}

// What this run did not find is as it was before, and asked for again by the next one.
void Resolver::forget_unknown(const std::string& of) {
  auto market = std::ranges::find(silent_, of, &SilentMarket::country);
  if (market == silent_.end()) market = silent_.insert(market, {of});
  for (std::size_t k = 0; k < next_; ++k) {
    Group& group = groups_[to_ask_[k]];
    if (!unknown(group) || (!of.empty() && country(group) != of)) continue;
    group.outcome = outcomes_before_[to_ask_[k]];
    ++market->unknown;
  }
}

bool Resolver::check_source(std::span<const std::size_t> asked, const Probe& probe) {
  struct Count {
    std::int64_t unknown = 0, live = 0;
  };
  std::map<std::string, Count> counts;
  for (const std::size_t i : asked) {
    if (!unknown(groups_[i])) continue;
    for (const auto& of : {country(groups_[i]), std::string()}) {
      ++counts[of].unknown;
      counts[of].live += seen(groups_[i]).live ? 1 : 0;
    }
  }
  for (const auto& one : counts) {  // all markets come first
    const std::string& of = one.first;
    const auto symbols = controls(of);
    // A market that nothing speaks for may have been closed with the names that it had.
    if ((symbols.empty() ? one.second.live : one.second.unknown) < kManyUnknown) continue;
    bool works = false, whole = true;
    for (const auto& symbol : symbols) {
      const ProbeQuery query{symbol};
      whole = probe({&query, 1}, [&](std::size_t /*index*/, const auto& listing) {
        works = listing || listing.error().code == ErrorCode::no_rows;
      });
      ++symbols_asked_;
      if (works || !whole) break;
    }
    if (works) continue;
    forget_unknown(of);
    if (of.empty() || !whole) return false;
  }
  return true;
}

bool Resolver::take(Group& group, const Result<Listing>& answer) {
  const Proposal& proposal = group.proposals[group.next];
  const std::string& symbol = proposal.candidate.symbol.text;
  if (answer) {
    const Name& name = input_.names[proposal.name];
    const Market* market = find_market(name.ticker.country);
    const std::string against = market == nullptr
                                    ? "no rule for this country"
                                    : objection(*answer, *market, name.seen, input_.today);
    if (against.empty()) {
      group.outcome = {.yahoo = symbol,
                       .rule = std::string(proposal.candidate.rule),
                       .currency = answer->currency,
                       .exchange = answer->exchange,
                       .first_bar = answer->first_bar,
                       .last_bar = answer->last_bar,
                       .verified_on = input_.today,
                       .status = MappingStatus::ok};
      return true;
    }
    if (group.objection.empty()) group.objection = fmt::format("{}: {}", symbol, against);
  } else if (answer.error().code == ErrorCode::no_rows) {
    if (group.objection.empty()) group.objection = fmt::format("{}: no bars", symbol);
  } else if (answer.error().code != ErrorCode::unknown_ticker &&
             answer.error().code != ErrorCode::bad_request) {
    failures_.push_back(answer.error());
    return true;  // what was known of the group stays
  }
  if (++group.next < group.proposals.size()) return false;
  give_up(group);
  return true;
}

void Resolver::give_up(Group& group) const {
  MappingRow& outcome = group.outcome;
  if (!outcome.yahoo.empty() && outcome.status != MappingStatus::given) {
    outcome.status = MappingStatus::stale;
  } else if (group.objection.empty()) {
    outcome = {.rule = fmt::format("{} not known", group.proposals.front().candidate.symbol.text),
               .status = MappingStatus::not_found};
  } else {
    outcome = {.rule = group.objection, .status = MappingStatus::rejected};
  }
  outcome.verified_on = input_.today;
}

Seen Resolver::seen(const Group& group) const {
  Seen all = input_.names[group.names.front()].seen;
  for (const std::size_t i : group.names) {
    const Seen& one = input_.names[i].seen;
    all.live = all.live || one.live;
    all.first =
        all.first && one.first ? std::optional(std::min(*all.first, *one.first)) : std::nullopt;
    all.last = all.last && one.last ? std::optional(std::max(*all.last, *one.last)) : std::nullopt;
  }
  return all;
}

// Whether both cannot have one symbol: two companies, or two names of one time.
bool Resolver::clash(const Group& a, const Group& b) const {
  if (a.outcome.status == MappingStatus::given && b.outcome.status == MappingStatus::given) {
    return false;
  }
  if (!a.figi.empty() && !b.figi.empty()) return true;
  const Seen x = seen(a), y = seen(b);
  return x.first.value_or(Date::min()) <= y.last.value_or(Date::max()) &&
         y.first.value_or(Date::min()) <= x.last.value_or(Date::max());
}

std::vector<Resolver::Group> Resolver::without_conflicts() const {
  std::vector<Group> groups = groups_;
  std::map<std::string, std::vector<std::size_t>> by_symbol;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!groups[i].outcome.yahoo.empty()) by_symbol[groups[i].outcome.yahoo].push_back(i);
  }
  for (auto& [symbol, claims] : by_symbol) {
    std::ranges::stable_sort(claims, [&](std::size_t a, std::size_t b) {
      const auto rank = [&](const Group& group) {
        return std::tuple(group.outcome.status == MappingStatus::given, !group.figi.empty(),
                          last_seen(seen(group)));
      };
      return rank(groups[a]) > rank(groups[b]);
    });
    std::vector<std::size_t> kept;
    for (const std::size_t i : claims) {
      const auto winner = std::ranges::find_if(
          kept, [&](std::size_t other) { return clash(groups[other], groups[i]); });
      if (winner == kept.end()) {
        kept.push_back(i);
        continue;
      }
      const Name& owner = input_.names[groups[*winner].names.front()];
      groups[i].outcome = {.rule = fmt::format("{} belongs to {}", symbol, owner.ticker.text()),
                           .verified_on = groups[i].outcome.verified_on,
                           .status = MappingStatus::conflict};
    }
  }
  return groups;
}

std::vector<MappingRow> Resolver::rows() const {
  std::vector<MappingRow> rows;
  std::map<std::string, std::vector<std::pair<Date, std::size_t>>> by_ticker;  // first seen, row
  for (const auto& group : without_conflicts()) {
    for (const std::size_t i : group.names) {
      const Name& name = input_.names[i];
      MappingRow row = group.outcome;
      row.numerai_ticker = name.ticker.text();
      row.composite_figi = name.composite_figi;
      row.country = name.ticker.country;
      row.valid_from = row.first_bar;
      row.valid_to.reset();
      by_ticker[row.numerai_ticker].emplace_back(name.seen.first.value_or(Date::min()),
                                                 rows.size());
      rows.push_back(std::move(row));
    }
  }
  // A name that passed from one FIGI to another means the other from the day it was first seen so.
  for (auto& [ticker, uses] : by_ticker) {
    std::ranges::sort(uses);
    for (std::size_t k = 1; k < uses.size(); ++k) {
      const Date from = uses[k].first;
      if (from == Date::min()) continue;
      auto& row = rows[uses[k].second];
      row.valid_from = std::max(from, row.valid_from.value_or(from));
      rows[uses[k - 1].second].valid_to = from;
    }
  }
  std::ranges::sort(rows, [](const MappingRow& a, const MappingRow& b) {
    return std::tie(a.numerai_ticker, a.composite_figi) <
           std::tie(b.numerai_ticker, b.composite_figi);
  });
  return rows;
}

std::vector<std::string> Resolver::idle_overrides() const {
  std::set<std::string> tickers;
  for (const auto& name : input_.names) tickers.insert(name.ticker.text());
  std::vector<std::string> idle;
  for (const auto& [ticker, symbol] : input_.overrides) {
    const auto by_rule = candidates(parse_iso(ticker).value());
    const bool same = !by_rule.empty() && by_rule.front().symbol.text == symbol;
    if (same || !tickers.contains(ticker)) idle.push_back(ticker);
  }
  return idle;
}

}  // namespace signals
