// Whether a listing that a source knows can be the one a numerai_ticker means.
#pragma once

#include <optional>
#include <string>

#include "core/date.h"
#include "universe/rules.h"

namespace signals {

// What a source says of a symbol.
struct Listing {
  std::string currency, exchange;
  std::string instrument;  // EQUITY, ETF, MUTUALFUND, …; empty: it does not say
  std::optional<Date> first_bar, last_bar;
};

// When a name was a member of the universe, as far as is known.
struct Seen {
  std::optional<Date> first, last;  // empty: from a file without dates
  bool live = false;                // a member now
};

// A name counts as live for so long after it was last seen, and its symbol must have traded since.
inline constexpr std::chrono::days kLiveFor{14};
inline constexpr std::chrono::days kRecent{30};

// What speaks against the listing; empty when nothing does.
std::string objection(const Listing& listing, const Market& market, const Seen& seen, Date today);

}  // namespace signals
