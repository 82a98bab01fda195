// Features of a whole frame: rows of many tickers in any order, results in the order of the rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "core/date.h"
#include "features/plan.h"
#include "ta/indicator.h"

namespace signals {

// Why rows cannot be put in order; `row` and `other` count from 0.
struct RowProblem {
  enum class Kind { no_date, no_ticker, duplicate };
  Kind kind;
  std::size_t row = 0;
  std::size_t other = 0;  // duplicate: the later of the two rows
};

inline constexpr std::int64_t kNoDate = std::numeric_limits<std::int64_t>::min();

// What a frame says of its rows. `tickers` are small numbers, one for each distinct ticker,
// negative where unknown; empty: all rows are of one. `dates` count days, or `per_day` units a day;
// empty: the rows are in order.
struct FrameRows {
  std::size_t rows = 0;
  std::span<const std::int64_t> dates;
  std::int64_t per_day = 1;
  std::span<const std::int32_t> tickers;
};

// The rows by ticker, each ticker's by date.
class RowOrder {
 public:
  struct Group {
    std::size_t begin, end;  // of positions
  };

  explicit RowOrder(const FrameRows& frame);

  [[nodiscard]] const std::optional<RowProblem>& problem() const { return problem_; }
  [[nodiscard]] std::size_t rows() const { return dates_.size(); }
  [[nodiscard]] std::span<const Group> groups() const { return groups_; }
  // By position.
  [[nodiscard]] std::span<const Date> dates() const { return dates_; }
  // The row of each position; empty when it is the position itself.
  [[nodiscard]] std::span<const std::size_t> sorted() const { return sorted_; }

  // True for the rows that have at least `lag` rows of their ticker before them.
  void mark_rows_after(std::size_t lag, std::span<bool> kept) const;

 private:
  bool read(const FrameRows& frame);  // false: the rows have to be sorted
  void sort(std::span<const std::int32_t> tickers);
  void complain(RowProblem::Kind kind, std::size_t row, std::size_t other = 0);

  std::vector<Date> dates_;
  std::vector<Group> groups_;
  std::vector<std::size_t> sorted_;
  std::optional<RowProblem> problem_;
};

// Where results go: `values[column * rows + row]`. NaN is unknown; so are infinities, unless kept.
template <class T>
struct FeatureBlock {
  T* values;
  std::size_t rows;
  bool keep_infinite = false;
};

// Computes every column of `plan`, whose NaPolicy must be keep, for all rows. `bars` are by row.
template <class T>
void compute_frame(const FeaturePlan& plan, const RowOrder& order, const ta::Inputs& bars,
                   const FeatureBlock<T>& out, int threads);

// Arrow's validity bitmaps of the columns of a block: bit r of a column is set where it is not NaN.
// `stride` bytes a column. Returns the number of nulls of each.
template <class T>
std::vector<std::int64_t> mark_valid(const T* block, std::size_t columns, std::size_t rows,
                                     std::uint8_t* bits, std::size_t stride, int threads);

extern template void compute_frame(const FeaturePlan&, const RowOrder&, const ta::Inputs&,
                                   const FeatureBlock<float>&, int);
extern template void compute_frame(const FeaturePlan&, const RowOrder&, const ta::Inputs&,
                                   const FeatureBlock<double>&, int);
extern template std::vector<std::int64_t> mark_valid(const float*, std::size_t, std::size_t,
                                                     std::uint8_t*, std::size_t, int);
extern template std::vector<std::int64_t> mark_valid(const double*, std::size_t, std::size_t,
                                                     std::uint8_t*, std::size_t, int);

}  // namespace signals
