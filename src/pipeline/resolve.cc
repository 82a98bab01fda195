#include "pipeline/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "lake/tables/mapping.h"
#include "lake/tables/universe.h"
#include "universe/resolver.h"

namespace signals {
namespace {

using std::chrono::days;

// Between two commits: what a crash may cost at one request a second is some minutes.
constexpr std::size_t kGroupsAtOnce = 500;
// A history that ended long ago is asked for whole: only its description counts.
constexpr Date kLongAgo{std::chrono::year{1970} / 1 / 2};

// All names of the tables and of files without dates, each (ticker, FIGI) once.
class Names {
 public:
  explicit Names(Date today) : today_(today) {}

  void add(const MemberSpan& span) {
    Name& name = at(span.numerai_ticker, span.composite_figi);
    name.seen = {span.first, span.last, span.last + kLiveFor >= today_};
  }

  // What files say beyond their dated rows: symbols, and names without a date.
  void add(const Universe& universe) {
    std::set<std::uint32_t> dated;
    for (const auto& [date, members] : universe.members) {
      dated.insert(members.begin(), members.end());
    }
    for (std::uint32_t i = 0; i < universe.ids.size(); ++i) {
      const UniverseId& id = universe.ids[i];
      if (id.numerai_ticker.empty()) continue;
      Name& name = at(id.numerai_ticker, id.composite_figi);
      if (!id.yahoo.empty()) name.given = id.yahoo;
      if (!dated.contains(i)) name.seen = {name.seen.first, std::nullopt, true};
    }
  }

  // A name that only the mapping remembers was a member when it was last asked.
  void add(const MappingRow& row) {
    if (index_.contains(key_of(row.numerai_ticker, row.composite_figi))) return;
    Name& name = at(row.numerai_ticker, row.composite_figi);
    name.seen = {std::nullopt, row.verified_on.value_or(Date{}), false};
  }

  [[nodiscard]] std::vector<Name> take() { return std::move(names_); }

 private:
  Name& at(const std::string& ticker, const std::string& figi) {
    const auto [found, fresh] = index_.try_emplace(key_of(ticker, figi), names_.size());
    if (fresh) names_.push_back({parse_iso(ticker).value_or(IsoTicker{ticker, ""}), figi, "", {}});
    return names_[found->second];
  }

  Date today_;
  std::vector<Name> names_;
  std::map<std::string, std::size_t> index_;
};

// The resolver's probe over a source of bars: the last weeks of a symbol, which say what it is.
class SourceProbe {
 public:
  // `told` hears of every answer.
  SourceProbe(Source& source, Date today, std::function<void()> told)
      : source_(source), today_(today), told_(std::move(told)) {}

  bool operator()(std::span<const ProbeQuery> queries, const ProbeSink& sink) {
    std::vector<std::size_t> all(queries.size()), ended;
    std::iota(all.begin(), all.end(), 0);
    const auto tell = [&](std::size_t i, const Result<History>& history) {
      sink(i, history.map(describe));
      told_();
    };
    if (!ask(queries, all, today_ - kRecent, [&](std::size_t i, const Result<History>& history) {
          if (!history && history.error().code == ErrorCode::no_rows && !queries[i].live) {
            ended.push_back(i);
          } else {
            tell(i, history);
          }
        })) {
      return false;
    }
    return ended.empty() || ask(queries, ended, kLongAgo, tell);
  }

  [[nodiscard]] FetchEnd end() const { return end_; }
  [[nodiscard]] const std::optional<Error>& refusal() const { return refusal_; }

 private:
  [[nodiscard]] Window window(Date from) const { return {from, today_ + days(2)}; }

  // Asks for the chosen queries. A refusal that ends the run is the run's and not told; one that
  // does not is the symbol's own.
  template <class Tell>
  bool ask(std::span<const ProbeQuery> queries, const std::vector<std::size_t>& chosen, Date from,
           const Tell& tell) {
    std::vector<Query> wanted;
    for (const std::size_t i : chosen) wanted.push_back({queries[i].symbol, window(from)});
    std::vector<std::pair<std::size_t, Error>> refused;
    end_ = source_.fetch(wanted, [&](std::size_t k, Result<History> history) {
      if (!history && history.error().code == ErrorCode::refused) {
        refused.emplace_back(chosen[k], history.error());
      } else {
        tell(chosen[k], history);
      }
      return true;
    });
    if (end_ == FetchEnd::refused && !refused.empty()) {
      refusal_ = refused.back().second;
      refused.pop_back();
    }
    for (const auto& [i, error] : refused) tell(i, tl::unexpected(error));
    return end_ == FetchEnd::complete;
  }

  static Listing describe(const History& history) {
    Listing listing{std::string(history.currency.view()), std::string(history.exchange.view()),
                    history.instrument, history.first_trade_date, std::nullopt};
    for (const auto& bar : history.bars) {
      if (bar.close > 0) listing.last_bar = std::max(bar.date, listing.last_bar.value_or(bar.date));
    }
    return listing;
  }

  Source& source_;
  Date today_;
  std::function<void()> told_;
  FetchEnd end_ = FetchEnd::complete;
  std::optional<Error> refusal_;
};

void count(const std::vector<MappingRow>& rows, const std::vector<Name>& names,
           ResolveReport& report) {
  std::set<std::string> live;
  for (const auto& name : names) {
    if (name.seen.live) live.insert(key_of(name.ticker.text(), name.composite_figi));
  }
  report.live.clear();
  for (const auto& row : rows) {
    const bool now = live.contains(key_of(row.numerai_ticker, row.composite_figi));
    Coverage& coverage = now ? report.live[row.country] : report.past;
    ++coverage.names;
    ++coverage.by_status[static_cast<std::size_t>(row.status)];
    if (now && (row.yahoo.empty() || row.status == MappingStatus::stale))
      report.open.push_back(row);
  }
}

}  // namespace

std::int64_t Coverage::mapped() const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < by_status.size(); ++i) {
    if (kMappingStatusInfo[i].has_symbol) sum += by_status[i];
  }
  return sum;
}

Result<ResolveReport> resolve(Source& source, const std::shared_ptr<ObjectStore>& lake,
                              const ResolveRequest& request, Observer& observer) {
  const Table universe_table(lake, kUniverseTable), mapping_table(lake, kMappingTable);
  const Date today = std::chrono::floor<days>(request.now);
  ResolveReport report;
  for (const auto& universe : request.universes) {
    SIGNALS_ASSIGN(const auto added, add_members(universe_table, universe, request.now));
    report.new_members += added;
  }
  SIGNALS_ASSIGN(const auto spans, member_spans(universe_table));
  SIGNALS_ASSIGN(auto known, read_mapping(mapping_table));
  Names names(today);
  for (const auto& span : spans) names.add(span);
  for (const auto& universe : request.universes) names.add(universe);
  for (const auto& row : known) names.add(row);

  Resolver resolver({names.take(), request.overrides, std::move(known), today, request.recheck,
                     request.controls});
  if (resolver.names().empty()) {
    return fail(ErrorCode::bad_universe,
                "no universe has a column numerai_ticker or bloomberg_ticker: there is nothing to "
                "resolve (`signals load --universe` takes Yahoo symbols as they are)");
  }
  const auto total = static_cast<std::int64_t>(resolver.left());
  std::int64_t answers = 0;
  SourceProbe probe(source, today, [&] {
    ++answers;  // a group may take several
    observer.progress({answers, std::max(answers, total),
                       static_cast<std::int64_t>(resolver.failures().size()), 0, source.pace()});
  });
  bool whole = true;
  do {
    whole = resolver.ask(kGroupsAtOnce, std::ref(probe));
    SIGNALS_ASSIGN(const bool changed,
                   replace_mapping(mapping_table, resolver.rows(), request.now));
    report.changed = report.changed || changed;
  } while (whole && resolver.left() > 0);

  count(resolver.rows(), resolver.names(), report);
  report.end = whole ? FetchEnd::complete : probe.end();
  report.failures = resolver.failures();
  report.silent = resolver.silent();
  if (probe.refusal()) report.failures.insert(report.failures.begin(), *probe.refusal());
  report.asked = resolver.symbols_asked();
  report.not_asked = static_cast<std::int64_t>(resolver.left());
  report.idle_overrides = resolver.idle_overrides();
  return report;
}

}  // namespace signals
