// What a load asks for: which sessions of which ticker, and whom it leaves alone today. Pure
// functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "lake/tables/symbols.h"
#include "source/source.h"

namespace signals {

// What every ticker of a run has in common.
struct Target {
  Window window;       // the sessions that are wanted
  bool exact = false;  // ask for just these: the user named the start
  Instant now{};
  // The newest complete run: what was answered after it was answered to a run that was killed or
  // stopped.
  std::optional<Instant> last_complete{};
};

enum class Asking {
  window,   // what is missing, and the overlap
  whole,    // all of it
  nothing,  // an earlier run that did not end has asked already
  resting,  // quarantined, and its turn has not come
};

struct Ask {
  Asking what;
  Window window{};
};

// How many days of stored bars before `asked_to` decide_ask() wants to know the dates of.
inline constexpr std::chrono::days kTailDays{60};

// `known`: null for a ticker that was never asked for. `dates`: its stored sessions of the last
// kTailDays before asked_to and later, ascending.
Ask decide_ask(std::string_view ticker, const SymbolRow* known, std::span<const Date> dates,
               const Target& target);

// Whether the ticker's whole history is read again: on one day of sixty, a stable sixtieth of all
// tickers each day; true if that day is after `last` and not after `today`.
bool is_reread_due(std::string_view ticker, Date last, Date today);

// The sessions that have been answered for once `window` has been asked for at `now`: joined to
// what was known if the two touch.
Window answered(const SymbolRow* known, const Window& window, Instant now);

}  // namespace signals
