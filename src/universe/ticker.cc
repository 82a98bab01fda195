#include "universe/ticker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/text.h"
#include "universe/rules.h"

namespace signals {
namespace {

constexpr std::size_t kLongest = 40;

bool is_upper_letter(char c) { return c >= 'A' && c <= 'Z'; }

tl::unexpected<Error> bad(std::string_view text, const char* why) {
  return fail(ErrorCode::bad_universe, fmt::format("'{}' {}", one_line(text, kLongest), why));
}

struct Words {
  std::string symbol, code;
};

// "SYMBOL CC", two capitals at the end.
Result<Words> symbol_and_code(std::string_view text, const char* why) {
  const auto space = text.rfind(' ');
  const bool good = is_plain_text(text) && text.size() <= kLongest &&
                    space != std::string_view::npos && space > 0 && space + 3 == text.size() &&
                    std::ranges::all_of(text.substr(space + 1), is_upper_letter) &&
                    text.front() != ' ' && text[space - 1] != ' ';
  if (!good) return bad(text, why);
  return Words{std::string(text.substr(0, space)), std::string(text.substr(space + 1))};
}

}  // namespace

Result<IsoTicker> parse_iso(std::string_view text) {
  SIGNALS_ASSIGN(Words words, symbol_and_code(text, "is no symbol with a country, as in 'A2A IT'"));
  return IsoTicker{std::move(words.symbol), std::move(words.code)};
}

Result<BloombergTicker> parse_bloomberg(std::string_view text) {
  SIGNALS_ASSIGN(Words words,
                 symbol_and_code(text, "is no symbol with an exchange code, as in 'A2A IM'"));
  return BloombergTicker{std::move(words.symbol), std::move(words.code)};
}

Result<YahooSymbol> parse_yahoo(std::string_view text) {
  const bool good = !text.empty() && text.size() <= kLongest && is_plain_text(text) &&
                    text.find_first_of(" /,;\"'") == std::string_view::npos;
  if (!good) {
    return bad(text,
               "is no Yahoo symbol, as in 'A2A.MI' (other schemes need a column of their name: "
               "numerai_ticker, bloomberg_ticker)");
  }
  return YahooSymbol{std::string(text)};
}

Result<IsoTicker> to_iso(const BloombergTicker& ticker) {
  const Market* market = find_bloomberg_market(ticker.exchange);
  if (market == nullptr) {
    return bad(ticker.symbol + " " + ticker.exchange, "has an exchange code that is not known");
  }
  return IsoTicker{ticker.symbol, std::string(market->country)};
}

}  // namespace signals
