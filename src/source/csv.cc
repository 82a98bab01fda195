#include "source/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "core/number.h"
#include "core/text.h"

namespace signals {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// Where each column stands in a row.
struct Layout {
  std::size_t date = kNone, open = kNone, high = kNone, low = kNone, close = kNone, volume = kNone;
  std::vector<std::size_t> dividends;  // capital gains are a second one
  std::size_t split = kNone;
};

// The header that yfinance's own frames leave in a CSV file: "Price,Close,…" over "Ticker,X,X,…"
// over "Date,,,…".
bool is_two_level(const std::vector<std::string_view>& header) {
  return lower(trim(header[0])) == "price";
}

bool continues_header(const std::vector<std::string_view>& cells) {
  const std::string word = lower(trim(cells[0]));
  return word == "ticker" || word == "date";
}

Layout find_columns(const std::vector<std::string_view>& header) {
  Layout at;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string name = lower(trim(header[i]));
    if (name == "date" || name == "datetime" || name == "timestamp") at.date = i;
    if (name == "open") at.open = i;
    if (name == "high") at.high = i;
    if (name == "low") at.low = i;
    if (name == "close") at.close = i;
    if (name == "volume") at.volume = i;
    if (name == "dividends" || name == "dividend" || name == "dividend_amount" ||
        name == "capital gains" || name == "capital_gains") {
      at.dividends.push_back(i);
    }
    if (name == "stock splits" || name == "stock_splits" || name == "splits" || name == "split" ||
        name == "split_coefficient" || name == "split_ratio") {
      at.split = i;
    }
  }
  if (at.date == kNone && (trim(header[0]).empty() || is_two_level(header))) at.date = 0;
  return at;
}

// nullopt: the cell is neither a number nor a word for "unknown".
std::optional<double> number(std::string_view cell) {
  if (cell.empty()) return kUnknown;
  if (cell.size() <= 4) {
    const std::string word = lower(cell);
    if (word == "null" || word == "nan" || word == "na" || word == "none" || word == "n/a") {
      return kUnknown;
    }
  }
  if (cell.front() == '+') cell.remove_prefix(1);
  return number_in<double>(cell);
}

std::int64_t to_volume(double value) {
  return value >= 0 && value < 9.2e18 ? std::llround(value) : kUnknownVolume;
}

std::optional<Date> to_date(std::string_view cell) {
  if (cell.size() < 10 || (cell.size() > 10 && cell[10] != ' ' && cell[10] != 'T')) {
    return std::nullopt;
  }
  const auto date = parse_date(cell.substr(0, 10));
  return date ? std::optional(*date) : std::nullopt;
}

// Adds one row to the history; false if it cannot be read.
bool add_row(const Layout& at, const std::vector<std::string_view>& cells, History& history) {
  bool readable = true;
  const auto cell = [&](std::size_t column) {
    if (column == kNone || column >= cells.size()) return kUnknown;
    const auto value = number(cells[column]);
    readable = readable && value.has_value();
    return value.value_or(kUnknown);
  };
  const auto date = at.date < cells.size() ? to_date(cells[at.date]) : std::nullopt;
  if (!date) return false;
  const SourceBar bar{.date = *date,
                      .open = cell(at.open),
                      .high = cell(at.high),
                      .low = cell(at.low),
                      .close = cell(at.close),
                      .volume = to_volume(cell(at.volume)),
                      .session_end = Instant::min()};
  double dividend = 0;
  for (const auto column : at.dividends) {
    const double amount = cell(column);
    if (std::isfinite(amount) && amount > 0) dividend += amount;
  }
  const double split = cell(at.split);
  if (!readable) return false;
  history.bars.push_back(bar);
  if (dividend > 0) history.dividends.push_back({*date, dividend, {}});
  if (std::isfinite(split) && split > 0 && split != 1) history.splits.push_back({*date, split});
  return true;
}

}  // namespace

Result<History> read_csv(std::string_view bytes, std::string_view where) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  std::vector<std::string_view> cells;
  std::optional<Layout> layout;
  bool in_header = false;
  History history;
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    const std::string_view line = trim(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.empty()) continue;
    split_csv_line(line, cells);
    if (in_header && continues_header(cells)) {
      const auto other =
          std::ranges::adjacent_find(cells.begin() + 1, cells.end(), std::not_equal_to());
      if (other == cells.end()) continue;
      return fail(ErrorCode::bad_csv,
                  fmt::format("{}: it holds several tickers; write a file for each", where));
    }
    if (layout) {
      in_header = false;
      if (!add_row(*layout, cells, history)) ++history.left_out[LeftOut::unreadable];
      continue;
    }
    layout = find_columns(cells);
    in_header = is_two_level(cells);
    for (const auto& [column, name] :
         {std::pair{layout->date, "date"}, std::pair{layout->high, "high"},
          std::pair{layout->low, "low"}, std::pair{layout->close, "close"}}) {
      if (column == kNone) {
        return fail(ErrorCode::bad_csv, fmt::format("{}: no {} column in its header '{}'", where,
                                                    name, one_line(line, 60)));
      }
    }
  }
  if (!layout) return fail(ErrorCode::bad_csv, fmt::format("{}: the file is empty", where));
  if (history.bars.empty() && history.left_out[LeftOut::unreadable] > 0) {
    return fail(ErrorCode::bad_csv,
                fmt::format("{}: not one of its rows can be read as a bar", where));
  }
  return history;
}

}  // namespace signals
