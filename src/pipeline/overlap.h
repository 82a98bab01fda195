// Does a fetch fit what is stored? Whether an overlap shows that older history changed too, and
// whether a whole history that came anew may take the old one's place. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lake/tables/prices.h"
#include "pipeline/bars.h"

namespace signals {

// What the stored bars of a window are to the fetched ones of the same dates.
struct Overlap {
  std::int64_t compared = 0;
  std::int64_t different = 0;
  // History before the window must be read again: the oldest bar differs, or more than three do,
  // none could be compared though there are some and new ones came, or a split is not stored.
  bool reaches_back = false;
  double factor = kUnknown;  // new / old when it is one for all bars, and not 1
  bool split = false;        // an event explains it
};

// `stored`: rows of the window, ascending. Events count only if these are all rows from the first
// of them on: else one that no row has may still be stored.
enum class Events { count, ignored };
Overlap compare_overlap(std::span<const PriceRow> stored, const Fetched& fetched,
                        Events events = Events::count);

// What a whole history changes in the stored one.
struct Replacement {
  std::optional<std::string> objection;  // why it must not be taken
  bool new_scale = false;                // most bars changed: what is not served again must go
  double factor = kUnknown;
  bool split = false;
  std::optional<Date> changed_from;  // the first bar with another close
};

// Checks a whole history against all stored closes of its window, ascending. Objections: on a new
// scale it has less than 98 % of the bars (on the old one what is missing stays), a jump of more
// than 40 % in a day where there was none, or another currency (but pence may become pounds).
Replacement check_replacement(std::span<const DatedClose> stored, const Fetched& fetched,
                              Label stored_currency, Label currency);

}  // namespace signals
