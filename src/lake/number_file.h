// Files of numbers by date and name: predictions of one's own, and Numerai's neutralizers and
// sample weights. CSV or Parquet; a few dates of them at a time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"
#include "core/result.h"

namespace signals {

// The rows of one date.
struct DatedNumbers {
  std::vector<std::string> names;
  std::vector<double> values;  // row by row, as many as there are columns; NaN: unknown
};

// What a file holds: which columns are its numbers.
enum class NumberKind {
  predictions,   // `signal` or `prediction`
  neutralizers,  // all that begin with `neutralizer`
  weights,       // `sample_weights`, `sample_weight` or `weight`
};

class NumberFile {
 public:
  // bad_numbers for a file without a date, an id or a number, no_input for one that is not there.
  static Result<NumberFile> open(const std::string& path, NumberKind kind);

  [[nodiscard]] const std::string& id_column() const { return id_; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }

  // The dates that it has rows of.
  [[nodiscard]] Result<std::set<Date>> dates() const;

  // The rows of some dates, in the file's order. Memory: these rows.
  [[nodiscard]] Result<std::map<Date, DatedNumbers>> read(const std::set<Date>& dates) const;

 private:
  NumberFile() = default;
  [[nodiscard]] bool is_parquet() const { return path_.ends_with(".parquet"); }
  [[nodiscard]] tl::unexpected<Error> bad(std::string_view what) const;
  Result<void> choose(const std::vector<std::string>& header, NumberKind kind);
  template <class Take>
  Result<void> each_csv_row(const Take& take) const;
  template <class Take>
  Result<void> each_parquet_row(const std::set<Date>* dates, bool numbers, const Take& take) const;

  std::string path_, id_;
  std::vector<std::string> columns_, header_;
};

}  // namespace signals
