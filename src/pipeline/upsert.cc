#include "pipeline/upsert.h"

#include <algorithm>

#include "lake/tables/prices.h"

namespace signals {
namespace {

// One ticker's fetched rows and how far its factor chain has come.
struct Pending {
  std::vector<PriceRow> rows;
  FactorState state;
};

// The rewrite of one bucket, years ascending.
class BucketMerge {
 public:
  BucketMerge(const Table& table, const TableState& base, int bucket, PendingFiles& files,
              Change& change, MergeCounts& counts)
      : table_(table), bucket_(bucket), files_(files), change_(change), counts_(counts) {
    for (const auto& file : base.files) {
      if (file.partition.bucket == bucket) stored_[file.partition.year].push_back(file);
    }
  }

  void add(TickerBars bars) {
    if (bars.rows.empty()) return;
    first_year_ = std::min(first_year_, year_of(bars.rows.front().date));
    last_year_ = std::max(last_year_, year_of(bars.rows.back().date));
    pending_[std::move(bars.ticker)].rows = std::move(bars.rows);
  }

  Result<void> run() {
    if (pending_.empty()) return {};
    SIGNALS_TRY(find_starts());
    const int end = stored_.empty() ? last_year_ : std::max(last_year_, stored_.rbegin()->first);
    for (int year = first_year_; year <= end; ++year) {
      SIGNALS_ASSIGN(const bool chains_moved, merge_year(year));
      if (year >= last_year_ && !chains_moved) break;
    }
    return {};
  }

 private:
  Result<std::vector<TickerBars>> read_year(int year) const {
    std::vector<TickerBars> rows;
    const auto found = stored_.find(year);
    if (found == stored_.end()) return rows;
    for (const auto& file : found->second) {
      SIGNALS_ASSIGN(auto part, read_prices(table_, file));
      std::ranges::move(part, std::back_inserter(rows));
    }
    return rows;
  }

  // The last row before the first merged year starts each ticker's chain.
  Result<void> find_starts() {
    std::size_t missing = pending_.size();
    for (auto it = stored_.lower_bound(first_year_); it != stored_.begin() && missing > 0;) {
      --it;
      SIGNALS_ASSIGN(const auto rows, read_year(it->first));
      for (const auto& bars : rows) {
        const auto found = pending_.find(bars.ticker);
        if (found == pending_.end() || !std::isnan(found->second.state.close)) continue;
        found->second.state = {bars.rows.back().close, bars.rows.back().dividend_factor};
        --missing;
      }
    }
    return {};
  }

  // Merges one year and writes it if a row changed. True if a chain leaves the year otherwise than
  // it did before, so that the next year may change as well.
  Result<bool> merge_year(int year) {
    SIGNALS_ASSIGN(auto rows, read_year(year));
    std::map<std::string, std::vector<PriceRow>> merged;
    for (auto& bars : rows) merged[bars.ticker] = std::move(bars.rows);

    MergeCounts year_counts;
    bool chains_moved = false;
    for (auto& [ticker, pending] : pending_) {
      const auto stored = merged.find(ticker);
      const std::vector<PriceRow> before =
          stored == merged.end() ? std::vector<PriceRow>{} : stored->second;
      const auto begin = std::ranges::lower_bound(pending.rows, year, {}, year_of_row);
      const auto end = std::ranges::upper_bound(pending.rows, year, {}, year_of_row);
      if (before.empty() && begin == end) continue;
      auto after = merge(before, {begin, end}, year_counts);
      chain_factors(after, pending.state);
      year_counts.refactored += count_refactored(before, after);
      const FactorState old_state =
          before.empty() ? FactorState{}
                         : FactorState{before.back().close, before.back().dividend_factor};
      chains_moved = chains_moved || !(old_state == pending.state);
      merged[ticker] = std::move(after);
    }
    counts_ += year_counts;
    if (year_counts.any_change()) SIGNALS_TRY(write_year(year, merged));
    return chains_moved;
  }

  Result<void> write_year(int year, std::map<std::string, std::vector<PriceRow>>& merged) {
    std::vector<TickerBars> rows;
    for (auto& [ticker, one] : merged) rows.push_back({ticker, std::move(one)});
    const Partition partition{year, bucket_};
    SIGNALS_ASSIGN(DataFile file, write_prices(table_, partition, rows));
    files_.add(file);
    change_.replaced.insert(partition);
    change_.added.push_back(std::move(file));
    return {};
  }

  static int year_of_row(const PriceRow& row) { return year_of(row.date); }

  static std::int64_t count_refactored(std::span<const PriceRow> before,
                                       std::span<const PriceRow> after) {
    std::int64_t count = 0;
    auto old = before.begin();
    for (const auto& row : after) {
      while (old != before.end() && old->date < row.date) ++old;
      if (old != before.end() && old->date == row.date && same_values(*old, row) &&
          old->dividend_factor != row.dividend_factor) {
        ++count;
      }
    }
    return count;
  }

  const Table& table_;
  int bucket_;
  PendingFiles& files_;
  Change& change_;
  MergeCounts& counts_;
  std::map<int, std::vector<DataFile>> stored_;
  std::map<std::string, Pending> pending_;
  int first_year_ = std::numeric_limits<int>::max();
  int last_year_ = std::numeric_limits<int>::min();
};

}  // namespace

Result<MergeCounts> upsert_prices(const Table& table, std::vector<TickerBars> fetched, Instant now,
                                  const std::map<std::string, std::string>& summary) {
  MergeCounts counts;
  const auto build = [&](const TableState& base) -> Result<Change> {
    counts = {};
    PendingFiles files(table);
    Change change;
    change.schema = prices_schema();
    change.summary = summary;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
      BucketMerge merge(table, base, bucket, files, change, counts);
      for (const auto& bars : fetched) {
        if (bucket_of(bars.ticker) == bucket) merge.add(bars);
      }
      SIGNALS_TRY(merge.run());
    }
    files.release();
    change.summary["added-rows"] = std::to_string(counts.added);
    change.summary["changed-rows"] = std::to_string(counts.changed);
    return change;
  };
  SIGNALS_TRY(table.commit(build, now));
  return counts;
}

}  // namespace signals
