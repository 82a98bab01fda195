// Coverage: of which names the lake knows something new, and why it does not of the others.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/text.h"
#include "dataset/calendar.h"
#include "lake/tables/dataset.h"
#include "pipeline/published_files.h"
#include "report/sections.h"

namespace signals {
namespace {

constexpr int kMostStale = 5;  // sessions, as `publish` takes by default

struct Name {
  std::string name{}, symbol{}, country{}, company{}, reason{}, detail{};
  bool fresh = false;
};

// Whether the source has told what there is of a symbol, and why there is nothing new of it.
class Standing {
 public:
  Standing(const Symbols& symbols, const PricesSummary& prices, Date d)
      : symbols_(symbols), prices_(prices), end_(sessions_end(d)) {
    for (const auto& [exchange, one] : prices.exchanges) {
      for (const auto& [ticker, newest] : one.newest_by_ticker) {
        Bars& bars = bars_[ticker];
        if (newest < bars.newest) continue;
        bars = {newest, &one};
      }
    }
  }

  void judge(Name& name) const {
    const auto row = symbols_.find(name.symbol);
    const auto bars = bars_.find(name.symbol);
    if (row == symbols_.end() && bars == bars_.end()) {
      name.reason = "never loaded";
      return;
    }
    const std::string last =
        bars == bars_.end() ? "no bars" : "last bar " + to_string(bars->second.newest);
    name.detail = last;
    const auto missed = bars == bars_.end()
                            ? std::int64_t{0}
                            : bars->second.exchange->sessions_after(bars->second.newest);
    if (row != symbols_.end()) {
      const SymbolRow& known = row->second;
      name.company = known.name;
      if (known.status != kWorking) {
        name.reason = known.status;
        if (known.failures > 0) {
          name.detail += fmt::format("; unknown to the source on {} days", known.failures);
        }
        return;
      }
      if (known.failures > 0 || !known.last_ok || *known.last_ok < end_) {
        name.reason = "old answer";
        if (known.last_ok) name.detail += "; last answer " + to_string(*known.last_ok);
        return;
      }
    } else if (missed > 0) {
      name.reason = "old bars";
      return;
    }
    // Known up to D, whether it traded or not.
    name.fresh = true;
    if (bars == bars_.end()) {
      name.reason = "no bars";
    } else if (missed > kMostStale) {
      name.reason = "not traded";
      name.detail += fmt::format("; {} sessions of its exchange since", missed);
    } else {
      name.detail.clear();
    }
  }

 private:
  struct Bars {
    Date newest = Date::min();
    const PricesSummary::Exchange* exchange = nullptr;
  };
  const Symbols& symbols_;
  const PricesSummary& prices_;
  Instant end_;
  std::map<std::string, Bars, std::less<>> bars_;
};

std::vector<Name> names_of_universe(const PublishUniverse& universe, Date d,
                                    const Standing& standing) {
  std::map<std::string, const MappingRow*, std::less<>> rows;
  for (const auto& row : universe.symbols.rows()) rows[row.numerai_ticker] = &row;
  std::vector<Name> names;
  for (const std::uint32_t number : universe.members.at(d).names) {
    const MemberName& member = universe.members.names()[number];
    Name name{.name = member.numerai_ticker,
              .symbol = std::string(universe.symbols.symbol_of(member, d)),
              .country = std::string(country_of(member.numerai_ticker))};
    if (name.symbol.empty()) {
      const auto row = rows.find(member.numerai_ticker);
      name.reason = "no symbol";
      name.detail =
          row == rows.end() ? "not resolved yet" : std::string(info_of(row->second->status).text);
    } else {
      standing.judge(name);
    }
    names.push_back(std::move(name));
  }
  return names;
}

// Of a lake without a universe: the tickers that were loaded, by exchange.
std::vector<Name> names_of_prices(const Symbols& symbols, const PricesSummary& prices,
                                  const Standing& standing) {
  std::map<std::string, std::string> exchanges;
  for (const auto& [exchange, one] : prices.exchanges) {
    for (const auto& [ticker, newest] : one.newest_by_ticker) exchanges[ticker] = exchange;
  }
  for (const auto& [ticker, row] : symbols) exchanges.try_emplace(ticker, row.exchange);
  std::vector<Name> names;
  for (const auto& [ticker, exchange] : exchanges) {
    if (ticker.find('~') != std::string::npos) continue;
    Name name{.name = ticker, .symbol = ticker, .country = exchange};
    standing.judge(name);
    names.push_back(std::move(name));
  }
  return names;
}

// The counts of coverage.csv as columns; null without such a file.
Json over_time(const ObjectStore& lake) {
  const auto text = lake.read(fmt::format("{}/{}", kDatasetTable, kCoverageFile));
  if (!text) return nullptr;
  const auto lines = split(*text, '\n');
  const auto header = split(lines.front(), ',');
  Json columns = Json::object();
  for (const char* wanted : {"date", "members", "mapped", "rows", "traded"}) {
    const auto at = std::ranges::find(header, wanted);
    if (at == header.end()) return nullptr;
    const auto column = static_cast<std::size_t>(at - header.begin());
    Json values = Json::array();
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const auto cells = split(lines[i], ',');
      if (lines[i].empty() || cells.size() <= column) continue;
      if (column == 0) {
        values.push_back(cells[0]);
      } else {
        std::int64_t value = 0;
        std::from_chars(cells[column].data(), cells[column].data() + cells[column].size(), value);
        values.push_back(value);
      }
    }
    columns[wanted] = std::move(values);
  }
  return columns;
}

}  // namespace

Result<Json> coverage_section(LakeFacts& facts) {
  const Date d = facts.request().d;
  SIGNALS_ASSIGN(const PricesSummary* prices, facts.prices());
  SIGNALS_ASSIGN(const Symbols* symbols, facts.symbols());
  const Standing standing(*symbols, *prices, d);
  const auto universe = facts.universe();
  if (!universe && universe.error().code != ErrorCode::no_table) {
    return tl::unexpected(universe.error());
  }
  const auto names = universe ? names_of_universe(**universe, d, standing)
                              : names_of_prices(*symbols, *prices, standing);
  if (names.empty()) return empty_section("no names yet: `signals resolve` brings Numerai's");
  struct Counts {
    std::int64_t ids = 0, mapped = 0, fresh = 0;
  };
  std::map<std::string, Counts> countries;
  Json missing = Json::array();
  for (const auto& name : names) {
    Counts& counts = countries[name.country];
    ++counts.ids;
    counts.mapped += name.symbol.empty() ? 0 : 1;
    counts.fresh += name.fresh ? 1 : 0;
    if (name.reason.empty()) continue;
    missing.push_back(
        {name.name, name.symbol, name.country, name.company, name.reason, name.detail});
  }
  Json rows = Json::array();
  for (const auto& [country, counts] : countries) {
    rows.push_back({{"country", country},
                    {"ids", counts.ids},
                    {"mapped", counts.mapped},
                    {"fresh", counts.fresh}});
  }
  return Json{
      {"state", "ok"},     {"by", universe ? "country" : "exchange"}, {"names", names.size()},
      {"countries", rows}, {"over_time", over_time(*facts.lake())},   {"missing", missing}};
}

}  // namespace signals
