#include "pipeline/upsert.h"

#include <algorithm>
#include <deque>
#include <future>
#include <set>

#include "lake/tables/prices.h"

namespace signals {
namespace {

// A new content for partitions of one commit.
class Rewrite {
 public:
  explicit Rewrite(const Table& table, FileChecks* checks = nullptr)
      : table_(table), checks_(checks), pending_(table) {
    change.schema = prices_schema();
  }

  Result<void> replace(const Partition& partition, std::vector<TickerBars> rows) {
    change.replaced.insert(partition);
    if (rows.empty()) return {};
    if (encoding_.size() >= kMostEncoding) SIGNALS_TRY(take_first());
    encoding_.push_back(
        std::async(std::launch::async, [this, partition, rows = std::move(rows)]() mutable {
          return encode(partition, std::move(rows));
        }));
    return {};
  }

  Result<Change> finish() {
    while (!encoding_.empty()) SIGNALS_TRY(take_first());
    SIGNALS_TRY(files_.finish());
    pending_.release();
    return std::move(change);
  }

  Change change;

 private:
  // Each has its rows in memory.
  static constexpr std::size_t kMostEncoding = 2;

  Result<MakeFile> encode(const Partition& partition, std::vector<TickerBars> rows) {
    if (checks_ == nullptr) return encode_prices(table_, partition, std::move(rows));
    auto check = std::make_shared<FileCheck>(check_file(rows));
    SIGNALS_ASSIGN(MakeFile close, encode_prices(table_, partition, std::move(rows)));
    return [close = std::move(close), checks = checks_, check]() -> Result<DataFile> {
      SIGNALS_ASSIGN(DataFile file, close());
      checks->add(file, std::move(*check));
      return file;
    };
  }

  Result<void> take_first() {
    auto first = std::move(encoding_.front());
    encoding_.pop_front();
    SIGNALS_ASSIGN(MakeFile close, first.get());
    return files_.begin(std::move(close));
  }

  const Table& table_;
  FileChecks* checks_;
  PendingFiles pending_;
  FilesUnderWay files_{pending_, change.added};
  std::deque<std::future<Result<MakeFile>>> encoding_;
};

// The rewrite of one bucket, years ascending.
class BucketMerge {
 public:
  BucketMerge(const Table& table, const TableState& base, int bucket, Rewrite& rewrite,
              MergeCounts& counts)
      : table_(table), bucket_(bucket), rewrite_(rewrite), counts_(counts) {
    for (const auto& file : base.files) {
      if (file.partition.bucket == bucket) stored_[file.partition.year].push_back(file);
    }
  }

  void add(const std::shared_ptr<const Fetched>& fetched) {
    if (fetched->rows.empty()) return;
    const TickerMerge merge(fetched);
    first_year_ = std::min(first_year_, merge.first_year());
    last_year_ = std::max(last_year_, merge.last_year());
    if (merge.replaces() && !stored_.empty()) {
      first_year_ = std::min(first_year_, stored_.begin()->first);
    }
    merges_.emplace(fetched->ticker, merge);
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

  void add_restated(Instant now, std::vector<Restatement>& rows) const {
    for (const auto& one : merges_) {
      const auto& ticker = one.first;
      const auto& merge = one.second;
      if (merge.replaces()) continue;  // the caller knows why, and says so
      add(rows, ticker, now, merge.late_from(), kLateBar);
      add(rows, ticker, now, merge.corrected_from(), kCorrected);
    }
  }

 private:
  static void add(std::vector<Restatement>& rows, const std::string& ticker, Instant now,
                  std::optional<Date> from, std::string_view reason) {
    if (from) rows.push_back({ticker, now, *from, std::string(reason), kUnknown});
  }

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
    SIGNALS_ASSIGN(auto stored, read_year(year));
    std::vector<TickerBars> merged;
    MergeCounts year_counts;
    auto old = stored.begin();
    for (auto& [ticker, merge] : merges_) {
      while (old != stored.end() && old->ticker < ticker) merged.push_back(std::move(*old++));
      std::vector<PriceRow> before;
      if (old != stored.end() && old->ticker == ticker) before = std::move((old++)->rows);
      auto after = merge.next_year(year, before, year_counts);
      if (!after.empty()) merged.push_back({ticker, std::move(after)});
    }
    std::move(old, stored.end(), std::back_inserter(merged));
    counts_ += year_counts;
    if (!year_counts.any_change()) return {};
    return rewrite_.replace({year, bucket_}, std::move(merged));
  }

  const Table& table_;
  int bucket_;
  Rewrite& rewrite_;
  MergeCounts& counts_;
  std::map<int, std::vector<DataFile>> stored_;
  std::map<std::string, TickerMerge> merges_;
  int first_year_ = std::numeric_limits<int>::max();
  int last_year_ = std::numeric_limits<int>::min();
};

}  // namespace

Result<MergeCounts> upsert_prices(const Table& table, const Fetches& fetched, Instant now,
                                  const std::map<std::string, std::string>& summary,
                                  const OnRestated& on_restated, FileChecks* checks) {
  MergeCounts counts;
  const auto build = [&](const TableState& base) -> Result<Change> {
    counts = {};
    Rewrite rewrite(table, checks);
    std::vector<Restatement> restated;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
      BucketMerge merge(table, base, bucket, rewrite, counts);
      for (const auto& one : fetched) {
        if (bucket_of(one->ticker) == bucket) merge.add(one);
      }
      SIGNALS_TRY(merge.run());
      merge.add_restated(now, restated);
    }
    if (on_restated && !restated.empty()) SIGNALS_TRY(on_restated(restated));
    rewrite.change.summary = summary;
    rewrite.change.summary["added-rows"] = std::to_string(counts.added);
    rewrite.change.summary["changed-rows"] = std::to_string(counts.changed);
    return rewrite.finish();
  };
  SIGNALS_TRY(table.commit(build, now));
  return counts;
}

Result<MergeCounts> upsert_prices(const Table& table, const std::vector<Fetched>& fetched,
                                  Instant now, const std::map<std::string, std::string>& summary) {
  Fetches packed;
  for (const auto& one : fetched) packed.push_back(std::make_shared<const Fetched>(one));
  return upsert_prices(table, packed, now, summary);
}

Result<void> rename_ticker(const Table& table, const std::string& from, const std::string& to,
                           Instant now) {
  const auto build = [&](const TableState& base) -> Result<Change> {
    Rewrite rewrite(table);
    rewrite.change.summary = {{"command", "load"}, {"renamed", from + " -> " + to}};
    std::set<int> years;
    for (const auto& file : base.files) years.insert(file.partition.year);
    for (const int year : years) {
      std::map<Partition, std::map<std::string, std::vector<PriceRow>>> partitions;
      for (const int bucket : {bucket_of(from), bucket_of(to)}) {
        for (const auto& file : base.files) {
          if (file.partition != Partition{year, bucket}) continue;
          SIGNALS_ASSIGN(auto part, read_prices(table, file));
          for (auto& bars : part) partitions[file.partition][bars.ticker] = std::move(bars.rows);
        }
      }
      auto& home = partitions[{year, bucket_of(from)}];
      auto moved = home.extract(from);
      if (moved.empty()) continue;
      partitions[{year, bucket_of(to)}][to] = std::move(moved.mapped());
      for (auto& [partition, tickers] : partitions) {
        std::vector<TickerBars> rows;
        for (auto& [ticker, one] : tickers) rows.push_back({ticker, std::move(one)});
        SIGNALS_TRY(rewrite.replace(partition, std::move(rows)));
      }
    }
    return rewrite.finish();
  };
  SIGNALS_TRY(table.commit(build, now));
  return {};
}

}  // namespace signals
