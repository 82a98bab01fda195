// Skew: how the rows of a date differ from what the live file of that date said of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/date.h"
#include "lake/table.h"

namespace signals {

struct Skew {
  std::int64_t names = 0;         // of the live file
  std::int64_t rows = 0;          // of the table that have a counterpart there
  std::int64_t cells = 0;         // compared: of these rows, in the columns that both have
  std::int64_t differ = 0;        // of these: another value, or null on one side only
  std::int64_t added = 0;         // rows of the table that the live file has nothing of
  std::int64_t removed = 0;       // names with a row in the live file and none in the table
  double greatest = 0;            // of the differences, against the greater of 1 and the live value
  std::string column;             // where that is
  std::int64_t columns_gone = 0;  // of the live file, that the table has not

  [[nodiscard]] bool none() const {
    return differ == 0 && added == 0 && removed == 0 && columns_gone == 0;
  }
};

// Compares a live file (its path, relative to the table's folder) with the rows of `date`.
Result<Skew> live_skew(const Table& dataset, const TableState& state, const std::string& live_file,
                       Date date);

}  // namespace signals
