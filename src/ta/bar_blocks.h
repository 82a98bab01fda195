// BarBlocks: the bars of a group's tickers, a block of rows after another, one ticker in each lane.
#pragma once

#include "ta/lane_columns.h"

namespace signals::ta {
inline namespace SIGNALS_WIDTH {

class BarBlocks {
 public:
  // `tickers`: at most one for each lane. NaN where a lane has no ticker, or its ticker no row.
  BarBlocks(std::span<const Inputs> tickers, Arena& arena) : tickers_(tickers) {
    for (const auto& one : tickers) rows_ = one.rows() > rows_ ? one.rows() : rows_;
    for (auto& column : columns_) column = take<Lanes>(arena, kBlockRows);
    spare_ = take<double>(arena, kBlockRows * kWidth);
  }

  // Of the longest ticker.
  [[nodiscard]] std::size_t rows() const { return rows_; }

  // Only columns that were asked for are loaded; others hold anything.
  void need(std::string_view inputs) {
    constexpr std::string_view kNames[] = {"open", "high", "low", "close", "volume"};
    for (std::size_t c = 0; c < 5; ++c) {
      needed_[c] = needed_[c] || inputs.find(kNames[c]) != std::string_view::npos;
    }
  }

  // The rows from `begin` on, kBlockRows at most. The next call takes their place.
  Block<Lanes> load(std::size_t begin) {
    const std::size_t rows = rows_ - begin < kBlockRows ? rows_ - begin : kBlockRows;
    for (std::size_t c = 0; c < 5; ++c) {
      if (needed_[c]) load_column(c, begin, rows);
    }
    return {columns_[0], columns_[1], columns_[2], columns_[3], columns_[4], rows};
  }

 private:
  template <class U>
  static U* take(Arena& arena, std::size_t count) {
    return static_cast<U*>(arena.take(count * sizeof(U)));
  }

  void load_column(std::size_t c, std::size_t begin, std::size_t rows) {
    const double* from[kWidth];
    for (std::size_t lane = 0; lane < kWidth; ++lane) {
      const std::span<const double> column =
          lane < tickers_.size() ? input(lane, c) : std::span<const double>();
      if (begin + rows <= column.size()) {
        from[lane] = column.data() + begin;
        continue;
      }
      double* const part = spare_ + lane * kBlockRows;  // what is left, then nothing
      for (std::size_t i = 0; i < rows; ++i) {
        part[i] = begin + i < column.size() ? column[begin + i] : kNaN;
      }
      from[lane] = part;
    }
    load_lanes(from, rows, columns_[c]);
  }

  [[nodiscard]] std::span<const double> input(std::size_t ticker, std::size_t c) const {
    const Inputs& in = tickers_[ticker];
    return c == 0 ? in.open : c == 1 ? in.high : c == 2 ? in.low : c == 3 ? in.close : in.volume;
  }

  std::span<const Inputs> tickers_;
  std::size_t rows_ = 0;
  bool needed_[5] = {};
  Lanes* columns_[5];
  double* spare_;
};

}  // namespace SIGNALS_WIDTH
}  // namespace signals::ta
