// The market's companies as a universe file of Numerai's names them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "yahoo_sim/market.h"

namespace yahoo_sim {
namespace {

using std::chrono::days;

struct Country {
  std::string_view suffix, iso;
};

constexpr Country kCountries[] = {{"", "US"},    {".KS", "KR"}, {".KQ", "KR"}, {".L", "GB"},
                                  {".T", "JP"},  {".HK", "HK"}, {".AX", "AU"}, {".NZ", "NZ"},
                                  {".DE", "DE"}, {".SA", "BR"}, {".TA", "IL"}};

// Numerai's spelling: no leading zeros, London's short names with a slash at the end.
std::string numerai_ticker(const Company& company) {
  const auto& exchange = *company.exchange;
  std::string symbol = company.ticker.substr(0, company.ticker.size() - exchange.suffix.size());
  const auto* country = std::ranges::find(kCountries, exchange.suffix, &Country::suffix);
  if (country->iso == "KR" || country->iso == "HK") symbol.erase(0, symbol.find_first_not_of('0'));
  if (country->iso == "GB") symbol += '/';
  return fmt::format("{} {}", symbol, country->iso);
}

// Twelve characters, as composite FIGIs have.
std::string figi(std::size_t n) { return fmt::format("BBGSIM{:06}", n); }

}  // namespace

std::vector<UniverseRow> Market::universe() const {
  Date today = std::chrono::floor<days>(now_);
  while (std::chrono::weekday{today}.iso_encoding() > 5) today -= days(1);
  std::vector<UniverseRow> rows;
  // A Korean code is never on both boards; codes of this market that are have no name.
  std::map<std::string, int> uses;
  for (const auto& company : companies_) ++uses[numerai_ticker(company)];
  for (std::size_t i = 0; i < companies_.size(); ++i) {
    const Company& company = companies_[i];
    if (uses[numerai_ticker(company)] > 1) continue;
    if (gone(company)) {  // a name of its time; the source has forgotten it
      rows.push_back({numerai_ticker(company), figi(i), *company.delisted - days(7), ""});
    } else if (company.listed < today) {
      rows.push_back({numerai_ticker(company), figi(i), today, company.ticker});
    }
  }
  const std::string& first = companies_.front().ticker;  // of the United States
  const std::string code = numerai_ticker(companies_.front());
  // Renamed: the old name shares the FIGI, and its symbol; an old ticker is a fund's today.
  rows.push_back({"SOLD US", figi(0), today - days(400), first});
  // The name before there were FIGIs.
  rows.push_back({code, "", today - days(1400), first});
  // Another spelling claims the same symbol, with a FIGI of its own and with none.
  rows.push_back({first + "/ US", "BBGOTHER0001", today - days(700), ""});
  rows.push_back({first + ". US", "", today, ""});
  // What the source knows is not what the name means.
  rows.push_back({"SOLD US", "BBGOTHER0002", today, ""});
  rows.push_back({"SEUR GB", "BBGOTHER0003", today, ""});
  rows.push_back({"SNONE JP", "BBGOTHER0004", today, ""});
  rows.push_back({"SAAA MA", "BBGOTHER0005", today, ""});
  std::ranges::sort(rows, [](const UniverseRow& a, const UniverseRow& b) {
    return std::tie(a.date, a.numerai_ticker, a.composite_figi) <
           std::tie(b.date, b.numerai_ticker, b.composite_figi);
  });
  return rows;
}

}  // namespace yahoo_sim
