// What `quality` must know of a file of `prices`. Found while the rows of a file are in memory to
// be written, so that nobody reads them again for it.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/bar.h"
#include "lake/table.h"
#include "pipeline/row_checks.h"

namespace signals {

// The days of a year, from 0 for New Year's Day.
using DaysOfYear = std::bitset<366>;

std::size_t day_of_year(Date date);

// Of one file: a year of some tickers.
struct FileCheck {
  struct Name {
    std::string ticker;
    Label exchange;         // of its last bar
    PriceRow first;         // its flags depend on the close before the year
    double last_close = 0;  // of the year
    DaysOfYear days;        // with a bar
  };
  struct Flag {
    std::uint32_t name = 0;  // its place in `names`
    Date date;
    RowFlag flag;
  };
  std::vector<Name> names;
  std::vector<Flag> flags;  // of all bars but each name's first
};

// `tickers`: the bars of one year.
FileCheck check_file(std::span<const TickerBars> tickers);

// The checks of the files that a run has written, the last of each partition. They are kept up to a
// bound of memory: what is not here has to be read. Any thread may call.
class FileChecks {
 public:
  void add(const DataFile& file, FileCheck check);

  // Null for a file that is not here; valid until another of its partition is added.
  [[nodiscard]] const FileCheck* find(const DataFile& file) const;

 private:
  struct Known {
    std::string path;
    FileCheck check;
  };

  mutable std::mutex mutex_;  // of all below
  std::map<Partition, Known> known_;
  std::size_t bytes_ = 0;
};

}  // namespace signals
