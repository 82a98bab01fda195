// From numerai_ticker to Yahoo symbol: the candidates that the rules of rules.def and the tables of
// codes.def give, the likeliest first. What is right is for a probe to say.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "universe/ticker.h"

namespace signals {

// How Yahoo spells a market's symbols, beyond what holds everywhere.
enum class Form {
  plain,         // the symbol as it is
  pad4,          // digits, padded with zeros to four
  pad6,          // … to six
  mainland,      // six digits, the exchange told by the first of them
  class_letter,  // as it is, then with its share class behind a dash
  series,        // as it is, then with Mexico's series behind a dash
  unit,          // as class_letter; "-U" is a trust unit, "-UN"
  code_table,    // the exchange has codes of its own: only what codes.def says, and such a code
  unknown,       // no feed is known
};

// One row of rules.def.
struct Market {
  std::string_view country;    // ISO 3166
  std::string_view bloomberg;  // exchange codes, by blanks
  std::string_view suffixes;   // of Yahoo, by blanks, the likeliest first
  Form form;
  std::string_view currencies;  // that Yahoo may give, by blanks
  std::string_view basis;       // where the rule is from
  std::string_view examples;    // "SYMBOL: all candidates in order; …"
};

std::span<const Market> markets();
const Market* find_market(std::string_view country);
const Market* find_bloomberg_market(std::string_view exchange);

struct Candidate {
  YahooSymbol symbol;
  std::string_view rule;  // suffix, padding, class letter, code table
};

// Without duplicates; empty for a country without rules.
std::vector<Candidate> candidates(const IsoTicker& ticker);

}  // namespace signals
