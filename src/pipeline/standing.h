// How a ticker stands with its source: working, missing, quarantined, another company's. Pure
// functions.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "core/bar.h"
#include "lake/tables/symbols.h"

namespace signals {

// A reply that the source gives in the place of a dead listing's history.
bool is_placeholder(const History& history);

// The row after an answer at `now`; the sessions that were asked for are the caller's to set.
SymbolRow after_answer(const SymbolRow* known, const std::string& ticker, const History& history,
                       Instant now);

// The row after the source did not know the ticker. Several times on one day count once; on the
// third day it is quarantined. Nothing is ever deleted.
SymbolRow after_missing(const SymbolRow* known, const std::string& ticker, Instant now);

// Whether a ticker may be asked for: one in quarantine after 2, 4, 8, … at most 30 days.
bool is_due(const SymbolRow& row, Instant now);

// When anything was last answered, as known before the run: what "lately" is counted from. By the
// clock, a pause of weeks or an outage would make every name one that did not work lately.
class LastAnswers {
 public:
  explicit LastAnswers(const Symbols& known);

  // Whether a ticker's last attempt got an answer, not long before the newest of its exchange.
  [[nodiscard]] bool worked(const SymbolRow* row) const;

 private:
  std::map<std::string, Instant> newest_;  // by exchange
  Instant newest_of_all_ = Instant::min();
};

enum class Identity {
  same,
  moved,    // the same listing at another exchange of its country
  changed,  // other words for what is most likely the same listing
  reused,   // another company's: its first trade came later than the old one's bars, or the like
};

// Compares a reply with what was known of the ticker; `last_bar` is the newest stored session.
Identity identify(const SymbolRow& known, const History& history, std::optional<Date> last_bar);

// "first trade 1998-01-05 -> 2022-03-01, name A plc -> B Inc": what differs.
std::string differences(const SymbolRow& known, const History& history);

// One name of a run, for the decision whether the source has an outage.
struct Outcome {
  std::string exchange;
  bool worked_before = false;
  bool failed = false;
};

struct Outage {
  std::string where;  // an exchange, or "all exchanges"
  std::int64_t failed = 0, of = 0;
};

// Set when so many names fail together that it says nothing of any of them: more than 5 % of those
// that worked, or more than half of an exchange's, and at least kLeastOutage names.
inline constexpr std::int64_t kLeastOutage = 5;
std::optional<Outage> find_outage(std::span<const Outcome> outcomes);

}  // namespace signals
