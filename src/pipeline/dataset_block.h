// A block of rows of `dataset` in memory: those of some dates, filled from the bars ticker by
// ticker, written date by date.
#pragma once

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "dataset/as_of.h"
#include "lake/tables/dataset.h"
#include "pipeline/bucket_source.h"
#include "pipeline/dataset_plan.h"
#include "pipeline/ticker_sessions.h"

namespace signals {

// What the blocks of a run share. `check_stop` is called from several threads.
struct BlockContext {
  const Table& prices;
  const Table& quality;
  const SourceStates& states;  // of these tables, that the features were made of
  const DatasetPlan& plan;
  const TickerSessions& sessions;
  StalenessLimits limits;
  int threads = 1;
  std::function<Result<void>()> check_stop;
};

// Of a value that is not known.
inline constexpr float kUnknownFloat = std::numeric_limits<float>::quiet_NaN();

class DatasetBlock {
 public:
  explicit DatasetBlock(const BlockContext& context) : context_(context) {}

  // Adds a row; rows come in order of date and ticker. Without a symbol it stays unknown.
  void add(const DatasetKey& key, std::string_view symbol);
  [[nodiscard]] std::size_t rows() const { return keys_.size(); }

  // How many bytes a row takes up.
  static std::size_t row_bytes(const DatasetPlan& plan);

  // Computes all rows. Memory beside the block: some tickers' features for each thread.
  Result<void> fill();

  // The rows' keys; those that fill() found a session for have a session date.
  [[nodiscard]] const std::vector<DatasetKey>& keys() const { return keys_; }

  // The rows of each symbol.
  [[nodiscard]] const std::unordered_map<std::string, std::vector<std::uint32_t>>& rows_by_symbol()
      const {
    return wanted_;
  }

  // Appends rows (ascending numbers) to a file, in row groups of whole dates.
  Result<void> write(std::span<const std::uint32_t> rows, DatasetFile& file) const;

 private:
  friend class BlockFiller;
  Result<void> write_group(std::span<const std::uint32_t> rows, DatasetFile& file) const;

  const BlockContext& context_;
  std::vector<DatasetKey> keys_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> wanted_;  // rows by symbol
  std::vector<float> values_;  // all rows of the first carried column, then of the second, …
};

}  // namespace signals
