#include "universe/universe.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "universe/ticker.h"

namespace signals {
namespace {

bool is_missing(std::string_view cell) {
  if (cell.empty() || cell == "-") return true;
  const std::string word = lower(cell.substr(0, 5));
  return word == "nan" || word == "null" || word == "none" || word == "n/a";
}

std::string_view present(std::string_view cell) {
  return is_missing(cell) ? std::string_view{} : cell;
}

// One line of a CSV file as the cells of a universe's row.
class CsvColumns {
 public:
  // False if no cell is the name of an id column.
  bool find(const std::vector<std::string_view>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string name = lower(cells[i]);
      for (const auto& [known, at, present] : targets()) {
        if (name == known) {
          *at = i;
          *present = true;
        }
      }
    }
    width_ = cells.size();
    return header_.yahoo || header_.ticker || header_.numerai_ticker || header_.bloomberg_ticker ||
           header_.composite_figi || header_.date;
  }
  [[nodiscard]] const UniverseHeader& header() const { return header_; }
  [[nodiscard]] std::size_t width() const { return width_; }

  [[nodiscard]] Result<UniverseCells> read(const std::vector<std::string_view>& cells) const {
    const auto cell = [&](bool has, std::size_t at) {
      return has ? cells[at] : std::string_view{};
    };
    UniverseCells row{cell(header_.yahoo, yahoo_),
                      cell(header_.ticker, ticker_),
                      cell(header_.numerai_ticker, numerai_),
                      cell(header_.bloomberg_ticker, bloomberg_),
                      cell(header_.composite_figi, figi_),
                      std::nullopt};
    if (header_.date) {
      SIGNALS_ASSIGN(row.date, parse_date(cells[date_].substr(0, 10)));
    }
    return row;
  }

 private:
  struct Target {
    std::string_view name;
    std::size_t* at;
    bool* present;
  };
  std::vector<Target> targets() {
    return {{"yahoo", &yahoo_, &header_.yahoo},
            {"ticker", &ticker_, &header_.ticker},
            {"numerai_ticker", &numerai_, &header_.numerai_ticker},
            {"bloomberg_ticker", &bloomberg_, &header_.bloomberg_ticker},
            {"composite_figi", &figi_, &header_.composite_figi},
            {"date", &date_, &header_.date}};
  }

  UniverseHeader header_;
  std::size_t yahoo_ = 0, ticker_ = 0, numerai_ = 0, bloomberg_ = 0, figi_ = 0, date_ = 0;
  std::size_t width_ = 0;
};

tl::unexpected<Error> bad_line(std::string_view where, std::size_t number, std::string_view why) {
  return fail(ErrorCode::bad_universe, fmt::format("{}, line {}: {}", where, number, why));
}

}  // namespace

Result<void> UniverseHeader::check(std::string_view where) const {
  if (yahoo || ticker || numerai_ticker || bloomberg_ticker) return {};
  return fail(
      ErrorCode::bad_universe,
      fmt::format("{}: no column named numerai_ticker, yahoo, ticker or bloomberg_ticker", where));
}

Result<UniverseId> UniverseBuilder::read(const UniverseCells& cells) const {
  UniverseId id;
  id.composite_figi = present(cells.composite_figi);
  if (const auto text = present(cells.numerai_ticker); !text.empty()) {
    SIGNALS_ASSIGN(const IsoTicker ticker, parse_iso(text));
    id.numerai_ticker = ticker.text();
  } else if (const auto code = present(cells.bloomberg_ticker); !code.empty()) {
    SIGNALS_ASSIGN(const BloombergTicker ticker, parse_bloomberg(code));
    SIGNALS_ASSIGN(const IsoTicker iso, to_iso(ticker));
    id.numerai_ticker = iso.text();
  }
  if (const auto text = present(header_.yahoo ? cells.yahoo : cells.ticker); !text.empty()) {
    SIGNALS_ASSIGN(YahooSymbol symbol, parse_yahoo(text));
    id.yahoo = std::move(symbol.text);
  }
  return id;
}

void UniverseBuilder::add(const UniverseCells& cells) {
  std::string key;
  for (const auto cell : {cells.yahoo, cells.ticker, cells.numerai_ticker, cells.bloomberg_ticker,
                          cells.composite_figi}) {
    key += cell;
    key += '\n';
  }
  const auto [known, fresh] = known_.try_emplace(std::move(key), -1);
  if (fresh) {
    auto id = read(cells);
    if (!id) {
      universe_.unreadable.push_back(id.error().what);
    } else if (!id->numerai_ticker.empty() || !id->yahoo.empty()) {
      known->second = static_cast<std::int64_t>(universe_.ids.size());
      universe_.ids.push_back(std::move(*id));
    }
  }
  if (known->second >= 0 && cells.date) {
    universe_.members[*cells.date].push_back(static_cast<std::uint32_t>(known->second));
  }
}

Result<Universe> read_universe_csv(std::string_view bytes, std::string_view where) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  std::vector<std::string_view> cells;
  std::optional<CsvColumns> columns;
  std::optional<UniverseBuilder> builder;
  bool bare = false;
  std::size_t number = 0;
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = trim(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    ++number;
    if (line.empty()) continue;
    split_csv_line(line, cells);
    if (!builder) {
      columns.emplace();
      const bool has_header = columns->find(cells);
      bare = !has_header && cells.size() == 1;
      UniverseHeader header = columns->header();
      header.yahoo = header.yahoo || bare;
      SIGNALS_TRY(header.check(where));
      builder.emplace(header);
      if (!bare) continue;
    }
    if (bare) {
      if (const auto symbol = parse_yahoo(cells[0]); cells.size() > 1 || !symbol) {
        return bad_line(where, number, symbol ? "more than one cell" : symbol.error().what);
      }
      builder->add({cells[0], {}, {}, {}, {}, std::nullopt});
      continue;
    }
    if (cells.size() != columns->width()) {
      return bad_line(
          where, number,
          fmt::format("{} cells where the header has {}", cells.size(), columns->width()));
    }
    const auto row = columns->read(cells);
    if (!row) return bad_line(where, number, row.error().what);
    builder->add(*row);
  }
  if (!builder) return fail(ErrorCode::bad_universe, fmt::format("{}: the file is empty", where));
  return builder->finish();
}

}  // namespace signals
