// Universe: the names of one or more universe files, and on which dates each was a member.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/date.h"
#include "core/result.h"

namespace signals {

// What a row of a universe file says of a name; empty where it says nothing.
struct UniverseId {
  std::string numerai_ticker, composite_figi;
  std::string yahoo;  // a mapping that the file gives
  friend bool operator==(const UniverseId&, const UniverseId&) = default;
};

struct Universe {
  std::vector<UniverseId> ids;  // each once, in file order
  // Of rows with a date: which of `ids`, in file order. Training files have millions.
  std::map<Date, std::vector<std::uint32_t>> members;
  std::vector<std::string> unreadable;  // what was left out, and why; each once
};

// The cells of one row, as they stand in the file; absent columns are empty.
struct UniverseCells {
  std::string_view yahoo, ticker, numerai_ticker, bloomberg_ticker, composite_figi;
  std::optional<Date> date;
};

// Which of the id columns a file has.
struct UniverseHeader {
  bool yahoo = false, ticker = false, numerai_ticker = false, bloomberg_ticker = false;
  bool composite_figi = false, date = false;
  // bad_universe, naming the columns that count, when none names a stock.
  [[nodiscard]] Result<void> check(std::string_view where) const;
};

// Puts a universe together row by row. Memory grows with the names, and 4 bytes a row with a date.
class UniverseBuilder {
 public:
  explicit UniverseBuilder(const UniverseHeader& header) : header_(header) {}

  // A row without any id counts as nothing; one whose id has another scheme's form is listed.
  void add(const UniverseCells& cells);
  [[nodiscard]] Universe finish() { return std::move(universe_); }

 private:
  Result<UniverseId> read(const UniverseCells& cells) const;

  UniverseHeader header_;
  Universe universe_;
  std::unordered_map<std::string, std::int64_t> known_;  // by all id cells; -1: left out
};

// A CSV file with a header, or a bare list of Yahoo symbols, one a line. bad_universe with the line
// that cannot be read.
Result<Universe> read_universe_csv(std::string_view bytes, std::string_view where);

}  // namespace signals
