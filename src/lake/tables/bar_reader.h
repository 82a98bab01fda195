// Whole histories out of `prices`, ticker by ticker, without holding more than a row group of each
// file.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/date.h"
#include "lake/table.h"

namespace signals {

// One ticker's history in columns, as the indicators want it: equal lengths, dates ascending,
// unknown values NaN.
struct BarSeries {
  std::string ticker;
  std::vector<Date> dates;
  std::vector<double> open, high, low, close, volume;
  std::vector<double> dividend_factor;  // empty unless the reader was asked for it

  void clear();
};

class BarReader {
 public:
  // `files` are of one bucket.
  static Result<BarReader> open(const Table& table, std::span<const DataFile> files,
                                bool dividend_factors);
  BarReader(BarReader&&) noexcept;
  BarReader& operator=(BarReader&&) noexcept;
  ~BarReader();

  // Replaces `series` by the next ticker in ascending order; false when there is none left.
  Result<bool> next(BarSeries& series);

 private:
  class Cursor;
  BarReader();

  std::string last_;                              // the ticker before
  std::vector<std::unique_ptr<Cursor>> cursors_;  // by the dates of their files, ascending
};

}  // namespace signals
