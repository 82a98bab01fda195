#include "universe/rules.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/text.h"

namespace signals {
namespace {

constexpr std::array kMarkets = {
#define SIGNALS_MARKET(country, bloomberg, suffixes, form, currencies, basis, examples) \
  Market{country, bloomberg, suffixes, form, currencies, basis, examples},
#include "universe/rules.def"
#undef SIGNALS_MARKET
};

// One row of codes.def.
struct Code {
  std::string_view country, symbol, yahoo;
};

constexpr std::array kCodes = {
#define SIGNALS_CODE(country, symbol, yahoo) Code{country, symbol, yahoo},
#include "universe/codes.def"
#undef SIGNALS_CODE
};

// A spelling of the symbol before its suffix.
struct Stem {
  std::string text;
  std::string_view rule;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }

// What holds in every market: dashes for '/' and '.', none of them and no '*' at the end.
std::string spelled(std::string_view symbol) {
  while (!symbol.empty() && std::string_view("/.*").find(symbol.back()) != std::string_view::npos) {
    symbol.remove_suffix(1);
  }
  std::string text(symbol);
  std::ranges::replace_if(
      text, [](char c) { return c == '/' || c == '.'; }, '-');
  return text;
}

std::string padded(const std::string& symbol, std::size_t size) {
  const bool number = !symbol.empty() && std::ranges::all_of(symbol, is_digit);
  return number && symbol.size() < size ? std::string(size - symbol.size(), '0') + symbol : symbol;
}

// "ERICB" -> "ERIC-B", "KINDSDB" -> "KIND-SDB"; empty when no class stands at the end.
std::string with_class(const std::string& symbol, std::size_t least_stem,
                       std::string_view letters) {
  constexpr std::string_view kSwedishReceipt = "SDB";
  if (!std::ranges::all_of(symbol, is_letter)) return "";
  const std::size_t size = symbol.ends_with(kSwedishReceipt) ? kSwedishReceipt.size() : 1;
  if (symbol.size() < least_stem + size) return "";
  if (size == 1 && letters.find(symbol.back()) == std::string_view::npos) return "";
  return symbol.substr(0, symbol.size() - size) + "-" + symbol.substr(symbol.size() - size);
}

// "SITESB1" -> "SITESB-1", "LIVEPOLC" -> "LIVEPOLC-1".
std::string with_series(const std::string& symbol) {
  if (symbol.empty() || !is_digit(symbol.back())) return symbol + "-1";
  return symbol.substr(0, symbol.size() - 1) + "-" + symbol.back();
}

// A code as Bursa Malaysia (four digits) or the Singapore exchange (with a digit in it) gives it.
bool is_exchange_code(const std::string& symbol, std::string_view country) {
  const bool digits = std::ranges::all_of(symbol, is_digit);
  if (country == "MY") return digits && symbol.size() <= 4;
  return symbol.size() >= 3 && symbol.size() <= 4 && std::ranges::any_of(symbol, is_digit);
}

// In the United States a class letter behind a short symbol is part of the name far more often.
constexpr std::size_t kLeastStemUs = 3, kLeastStem = 2;

std::vector<Stem> stems(const Market& market, const IsoTicker& ticker) {
  const std::string symbol = spelled(ticker.symbol);
  std::vector<Stem> found;
  if (symbol.empty()) return found;
  for (const auto& code : kCodes) {
    if (code.country == market.country && code.symbol == symbol) {
      found.push_back({std::string(code.yahoo), "code table"});
    }
  }
  switch (market.form) {
    case Form::plain:
      // What codes.def spells otherwise would be another company's as it is.
      if (found.empty()) found.push_back({symbol, "suffix"});
      break;
    case Form::pad4:
      found.push_back({padded(symbol, 4), "padding"});
      break;
    case Form::pad6:
      found.push_back({padded(symbol, 6), "padding"});
      break;
    case Form::mainland:
      if (std::ranges::all_of(symbol, is_digit)) found.push_back({padded(symbol, 6), "padding"});
      break;
    case Form::class_letter: {
      const bool us = market.country == "US";
      found.push_back({symbol, "suffix"});
      found.push_back(
          {with_class(symbol, us ? kLeastStemUs : kLeastStem, us ? "AB" : "ABCD"), "class letter"});
      break;
    }
    case Form::series:
      found.push_back({symbol, "suffix"});
      found.push_back({with_series(symbol), "class letter"});
      break;
    case Form::unit:
      if (symbol.ends_with("-U")) found.push_back({symbol + "N", "class letter"});
      found.push_back({symbol, "suffix"});
      found.push_back({with_class(symbol, kLeastStem, "AB"), "class letter"});
      break;
    case Form::code_table:
      if (found.empty() && is_exchange_code(symbol, market.country)) {
        found.push_back({market.country == "MY" ? padded(symbol, 4) : symbol, "suffix"});
      }
      break;
    case Form::unknown:
      break;
  }
  std::erase_if(found, [](const Stem& stem) { return stem.text.empty(); });
  return found;
}

// Shanghai's symbols begin with 5, 6 or 9; the others are Shenzhen's.
bool is_listed_on(const Market& market, const std::string& stem, std::string_view suffix) {
  if (market.form != Form::mainland) return true;
  const bool shanghai = std::string_view("569").find(stem.front()) != std::string_view::npos;
  return shanghai == (suffix == ".SS");
}

bool has_word(std::string_view words, std::string_view word) {
  return std::ranges::count(split(words, ' '), word) > 0;
}

}  // namespace

std::span<const Market> markets() { return kMarkets; }

const Market* find_market(std::string_view country) {
  const auto* found = std::ranges::find(kMarkets, country, &Market::country);
  return found == kMarkets.end() ? nullptr : &*found;
}

const Market* find_bloomberg_market(std::string_view exchange) {
  const auto* found = std::ranges::find_if(
      kMarkets, [&](const Market& market) { return has_word(market.bloomberg, exchange); });
  return found == kMarkets.end() ? nullptr : &*found;
}

std::vector<Candidate> candidates(const IsoTicker& ticker) {
  std::vector<Candidate> found;
  const Market* market = find_market(ticker.country);
  if (market == nullptr) return found;
  const auto spellings = stems(*market, ticker);
  for (const auto& suffix : split(market->suffixes, ' ')) {
    for (const auto& stem : spellings) {
      if (!is_listed_on(*market, stem.text, suffix)) continue;
      YahooSymbol symbol{stem.text + suffix};
      if (std::ranges::count(found, symbol, &Candidate::symbol) > 0) continue;
      found.push_back({std::move(symbol), stem.rule});
    }
  }
  return found;
}

}  // namespace signals
