#include "universe/overrides.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/text.h"
#include "universe/ticker.h"

namespace signals {
namespace {

struct Columns {
  std::size_t ticker, yahoo, width;
};

Result<Columns> find_columns(const std::vector<std::string_view>& header, std::string_view where) {
  std::optional<std::size_t> ticker, yahoo;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i] == "numerai_ticker") {
      ticker = i;
    } else if (header[i] == "yahoo") {
      yahoo = i;
    } else if (header[i] != "reason" && header[i] != "date") {
      return fail(ErrorCode::bad_universe,
                  fmt::format("{}: an override file has the columns numerai_ticker, yahoo, reason "
                              "and date, not '{}'",
                              where, one_line(header[i], 40)));
    }
  }
  if (!ticker || !yahoo) {
    return fail(
        ErrorCode::bad_universe,
        fmt::format("{}: an override file needs the columns numerai_ticker and yahoo", where));
  }
  return Columns{*ticker, *yahoo, header.size()};
}

}  // namespace

Result<Overrides> read_overrides(std::string_view bytes, std::string_view where) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  Overrides overrides;
  std::optional<Columns> at;
  std::vector<std::string_view> cells;
  std::size_t number = 0;
  for (const auto& text : split(bytes, '\n')) {
    ++number;
    const std::string_view line = trim(text);
    if (line.empty() || line.starts_with('#')) continue;
    split_csv_line(line, cells);
    if (!at) {
      SIGNALS_ASSIGN(at, find_columns(cells, where));
      continue;
    }
    const auto bad = [&](std::string_view why) {
      return fail(ErrorCode::bad_universe, fmt::format("{}, line {}: {}", where, number, why));
    };
    if (cells.size() != at->width) return bad("not as many cells as the header has");
    const auto ticker = parse_iso(cells[at->ticker]);
    if (!ticker) return bad(ticker.error().what);
    const std::string_view symbol = cells[at->yahoo];
    if (!symbol.empty()) {
      if (const auto good = parse_yahoo(symbol); !good) return bad(good.error().what);
    }
    if (!overrides.emplace(ticker->text(), symbol).second) {
      return bad(fmt::format("'{}' stands there twice", ticker->text()));
    }
  }
  if (!at) return fail(ErrorCode::bad_universe, fmt::format("{}: the file is empty", where));
  return overrides;
}

}  // namespace signals
