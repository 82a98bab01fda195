// The three ways to write a listed name, each a type of its own. CH, CN, ID, IT, GR, PL, IN, MK,
// NA, SM, AT, CA and SE are codes of two schemes with different countries: what is one is never the
// other.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "core/result.h"

namespace signals {

// Numerai's: symbol and ISO 3166 country, as in "000640 KR".
struct IsoTicker {
  std::string symbol, country;
  [[nodiscard]] std::string text() const { return symbol + " " + country; }
  friend auto operator<=>(const IsoTicker&, const IsoTicker&) = default;
};

// Bloomberg's: symbol and exchange code, as in "000640 KS".
struct BloombergTicker {
  std::string symbol, exchange;
};

// Yahoo's: symbol and suffix in one word, as in "000640.KS".
struct YahooSymbol {
  std::string text;
  friend auto operator<=>(const YahooSymbol&, const YahooSymbol&) = default;
};

// bad_universe for text that does not have the scheme's form; a country need not have rules.
Result<IsoTicker> parse_iso(std::string_view text);
Result<BloombergTicker> parse_bloomberg(std::string_view text);
Result<YahooSymbol> parse_yahoo(std::string_view text);

// The ISO form by the exchange code; bad_universe for a code that no market of rules.def has.
Result<IsoTicker> to_iso(const BloombergTicker& ticker);

}  // namespace signals
