#include "pipeline/upsert.h"

#include <algorithm>

#include "lake/tables/prices.h"

namespace signals {
namespace {

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

  void add(const Fetched& fetched) {
    if (fetched.rows.empty()) return;
    const TickerMerge merge(fetched);
    first_year_ = std::min(first_year_, merge.first_year());
    last_year_ = std::max(last_year_, merge.last_year());
    merges_.emplace(fetched.ticker, merge);
  }

  Result<void> run() {
    if (merges_.empty()) return {};
    SIGNALS_TRY(find_starts());
    const int end = stored_.empty() ? last_year_ : std::max(last_year_, stored_.rbegin()->first);
    for (int year = first_year_; year <= end; ++year) {
      SIGNALS_TRY(merge_year(year));
      const bool busy =
          std::ranges::any_of(merges_, [](const auto& one) { return one.second.busy(); });
      if (year >= last_year_ && !busy) break;
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

  Result<void> find_starts() {
    std::size_t missing = merges_.size();
    for (auto it = stored_.lower_bound(first_year_); it != stored_.begin() && missing > 0;) {
      --it;
      SIGNALS_ASSIGN(const auto rows, read_year(it->first));
      for (const auto& bars : rows) {
        const auto found = merges_.find(bars.ticker);
        if (found == merges_.end() || found->second.started()) continue;
        found->second.start_after(bars.rows.back());
        --missing;
      }
    }
    return {};
  }

  // Merges one year and writes it if a row changed.
  Result<void> merge_year(int year) {
    SIGNALS_ASSIGN(auto rows, read_year(year));
    std::map<std::string, std::vector<PriceRow>> merged;
    for (auto& bars : rows) merged[bars.ticker] = std::move(bars.rows);
    MergeCounts year_counts;
    for (auto& [ticker, merge] : merges_) {
      const auto stored = merged.find(ticker);
      const auto before =
          stored == merged.end() ? std::vector<PriceRow>{} : std::move(stored->second);
      auto after = merge.next_year(year, before, year_counts);
      if (!after.empty()) merged[ticker] = std::move(after);
    }
    counts_ += year_counts;
    return year_counts.any_change() ? write_year(year, merged) : Result<void>{};
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

  const Table& table_;
  int bucket_;
  PendingFiles& files_;
  Change& change_;
  MergeCounts& counts_;
  std::map<int, std::vector<DataFile>> stored_;
  std::map<std::string, TickerMerge> merges_;
  int first_year_ = std::numeric_limits<int>::max();
  int last_year_ = std::numeric_limits<int>::min();
};

}  // namespace

Result<MergeCounts> upsert_prices(const Table& table, const std::vector<Fetched>& fetched,
                                  Instant now, const std::map<std::string, std::string>& summary) {
  MergeCounts counts;
  const auto build = [&](const TableState& base) -> Result<Change> {
    counts = {};
    PendingFiles files(table);
    Change change;
    change.schema = prices_schema();
    change.summary = summary;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
      BucketMerge merge(table, base, bucket, files, change, counts);
      for (const auto& one : fetched) {
        if (bucket_of(one.ticker) == bucket) merge.add(one);
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
