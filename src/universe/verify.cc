#include "universe/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"

namespace signals {

std::string objection(const Listing& listing, const Market& market, const Seen& seen, Date today) {
  if (listing.exchange == "YHD") return "a placeholder of a dead listing";
  if (!listing.instrument.empty() && listing.instrument != "EQUITY") {
    return fmt::format("instrument {}", lower(listing.instrument));
  }
  const auto fitting = split(market.currencies, ' ');
  if (std::ranges::find(fitting, listing.currency) == fitting.end()) {
    return listing.currency.empty() ? "no currency" : fmt::format("currency {}", listing.currency);
  }
  // The listing began after the name was gone: another company has the symbol now.
  if (listing.first_bar && seen.last && *listing.first_bar > *seen.last) {
    return fmt::format("listed {}, the name was last seen {}", to_string(*listing.first_bar),
                       to_string(*seen.last));
  }
  if (seen.live && (!listing.last_bar || *listing.last_bar + kRecent < today)) {
    return "no recent bars";
  }
  return "";
}

}  // namespace signals
