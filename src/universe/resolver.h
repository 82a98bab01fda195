// Resolver: finds the Yahoo symbol of every name of a universe. Pure: a probe is a callback.
//
// Names that share a composite FIGI are one group and get one symbol, that of the name seen last.
// A group's symbol comes from an override, the universe file, a verified row of the mapping that is
// not due to be asked again, or the first candidate to which a probe has no objection.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "universe/mapping.h"
#include "universe/overrides.h"
#include "universe/rules.h"
#include "universe/verify.h"

namespace signals {

// A name to resolve: unique by (ticker, composite_figi).
struct Name {
  IsoTicker ticker;
  std::string composite_figi;  // empty: unknown
  std::string given;           // a symbol that the universe file gives
  Seen seen;
};

// One question to the source.
struct ProbeQuery {
  std::string symbol;
  bool live = true;  // false: also of interest when it trades no more
};

// Asks the source; the sink is called at most once per query, in any order, with unknown_ticker
// when there is no such symbol, no_rows when it has no bars. False when it ended before all were
// asked.
using ProbeSink = std::function<void(std::size_t index, Result<Listing> listing)>;
using Probe = std::function<bool(std::span<const ProbeQuery> queries, const ProbeSink& sink)>;

struct ResolveInput {
  std::vector<Name> names;
  Overrides overrides;
  std::vector<MappingRow> known;  // the table as it is
  Date today;
  bool recheck = false;  // ask again for what is known, too
  // Symbols that always trade: what they answer is the last word on whether the source works.
  std::vector<std::string> controls{};
};

class Resolver {
 public:
  explicit Resolver(ResolveInput input);

  // Groups that still need a probe.
  [[nodiscard]] std::size_t left() const { return to_ask_.size() - next_ + unfinished_; }

  // Probes the next `count` groups. False when the probe ended early, or the source is out.
  bool ask(std::size_t count, const Probe& probe);

  // The whole mapping as far as it is known, in order of (numerai_ticker, composite_figi).
  [[nodiscard]] std::vector<MappingRow> rows() const;

  [[nodiscard]] const std::vector<Name>& names() const { return input_.names; }

  [[nodiscard]] std::int64_t symbols_asked() const { return symbols_asked_; }
  // Groups whose probe failed for a reason that says nothing of the symbol, with that reason.
  [[nodiscard]] const std::vector<Error>& failures() const { return failures_; }
  // Markets that are out: of their names nothing is recorded that this run did not find.
  [[nodiscard]] const std::vector<SilentMarket>& silent() const { return silent_; }
  // Overrides that change nothing: the name is in no universe, or the first rule says the same.
  [[nodiscard]] std::vector<std::string> idle_overrides() const;

 private:
  struct Proposal {
    Candidate candidate;
    std::size_t name;  // of input_.names: whose rule it is
  };
  struct Group {
    std::vector<std::size_t> names{};  // the one seen last comes first
    std::string figi{};
    MappingRow outcome{};  // symbol, rule, currency, exchange, bars, verified_on, status
    std::vector<Proposal> proposals{};
    std::size_t next = 0;     // of proposals
    std::string objection{};  // to the first of them that the source knows
  };

  void make_groups();
  void settle(Group& group);
  [[nodiscard]] std::vector<Proposal> propose(const Group& group) const;
  [[nodiscard]] const MappingRow* known(const Name& name) const;
  [[nodiscard]] bool due(const MappingRow& row, bool live) const;
  // Takes the answer to the group's present proposal; true when the group is done.
  bool take(Group& group, const Result<Listing>& answer);
  void give_up(Group& group) const;
  // Whether the source works, as far as the answers to the last groups tell.
  bool check_source(std::span<const std::size_t> asked, const Probe& probe);
  [[nodiscard]] bool unknown(const Group& group) const;
  [[nodiscard]] const std::string& country(const Group& group) const;
  // Symbols of a country that should be known; of all countries if it is empty.
  [[nodiscard]] std::vector<std::string> controls(const std::string& country) const;
  void forget_unknown(const std::string& country);
  [[nodiscard]] Seen seen(const Group& group) const;
  [[nodiscard]] std::vector<Group> without_conflicts() const;
  [[nodiscard]] bool clash(const Group& a, const Group& b) const;

  ResolveInput input_;
  std::map<std::string, std::size_t> known_;  // key_of -> index of input_.known
  std::vector<Group> groups_;
  std::vector<MappingRow> outcomes_before_;  // of the groups, before the run
  std::vector<std::size_t> to_ask_;
  std::size_t next_ = 0;        // of to_ask_
  std::size_t unfinished_ = 0;  // groups before it, when a probe ended early
  std::map<std::string, Result<Listing>> answers_;
  std::int64_t symbols_asked_ = 0;
  std::vector<Error> failures_;
  std::vector<SilentMarket> silent_;
};

}  // namespace signals
