#include "pipeline/quality_pass.h"

#include <algorithm>
#include <array>
#include <deque>
#include <future>
#include <set>
#include <tuple>
#include <utility>

#include "lake/files_under_way.h"
#include "lake/tables/prices.h"
#include "pipeline/row_checks.h"

namespace signals {
namespace {

constexpr const char* kSourceSnapshot = "source-snapshot";
constexpr const char* kSourceUuid = "source-uuid";

auto key(const QualityRow& row) { return std::tie(row.ticker, row.date, row.flag); }

bool same(const std::vector<QualityRow>& a, const std::vector<QualityRow>& b) {
  return std::ranges::equal(a, b, [](const QualityRow& x, const QualityRow& y) {
    return key(x) == key(y) && (x.value == y.value || (x.value != x.value && y.value != y.value));
  });
}

using ByYear = std::map<int, std::vector<DataFile>>;

ByYear by_year(const std::vector<DataFile>& files) {
  ByYear years;
  for (const auto& file : files) years[file.partition.year].push_back(file);
  return years;
}

// The years in which the files of two states differ.
std::set<int> changed_years(const std::vector<DataFile>& before,
                            const std::vector<DataFile>& after) {
  std::set<std::string> old_paths, new_paths;
  for (const auto& file : before) old_paths.insert(file.path);
  for (const auto& file : after) new_paths.insert(file.path);
  std::set<int> years;
  for (const auto* files : {&before, &after}) {
    for (const auto& file : *files) {
      if (!old_paths.contains(file.path) || !new_paths.contains(file.path)) {
        years.insert(file.partition.year);
      }
    }
  }
  return years;
}

// One year of all tickers, between the closes before it and the names after it.
class YearCheck {
 public:
  using Closes = std::map<std::string, double, std::less<>>;

  YearCheck(int year, const Closes& closes_before)
      : new_year_(std::chrono::year(year) / std::chrono::January / 1), before_(closes_before) {}

  void add(const TickerBars& bars) {
    const auto found = before_.find(bars.ticker);
    double close = found == before_.end() ? kUnknown : found->second;
    Name& name = names_[bars.ticker];
    name.follows = found != before_.end();
    name.exchange = bars.rows.back().exchange.view();
    Days& days = days_[name.exchange];
    name.dates.reserve(bars.rows.size());
    for (const auto& row : bars.rows) {
      DayCount& day = days[day_of_year(row.date)];
      ++day.names;
      for (const auto& [flag, value] : check_row(row, close)) {
        if (flag == "no_trade") ++day.no_trades;
        rows_.push_back({bars.ticker, row.date, std::string(flag), value});
      }
      name.dates.push_back(row.date);
      close = row.close;
    }
    closes_[bars.ticker] = close;
    ++names_of_[name.exchange];
  }

  // The flags by bucket; `goes_on` tells which names have bars in the next year.
  std::map<int, std::vector<QualityRow>> finish(const std::set<std::string, std::less<>>& goes_on) {
    add_holidays();
    add_gaps(goes_on);
    std::ranges::sort(rows_, {}, key);
    std::map<int, std::vector<QualityRow>> buckets;
    for (auto& row : rows_) buckets[bucket_of(row.ticker)].push_back(std::move(row));
    return buckets;
  }

  // What the next year starts from: a name that had no bar keeps its last close.
  Closes closes() {
    for (const auto& [ticker, close] : before_) closes_.try_emplace(ticker, close);
    return std::move(closes_);
  }

 private:
  struct Name {
    std::string exchange;
    bool follows = false;  // has bars before this year
    std::vector<Date> dates;
  };

  using Days = std::array<DayCount, 366>;

  [[nodiscard]] std::size_t day_of_year(Date date) const {
    return static_cast<std::size_t>((date - new_year_).count());
  }

  void add_holidays() {
    const std::size_t count = rows_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (rows_[i].flag != "no_trade") continue;
      const std::string& exchange = names_[rows_[i].ticker].exchange;
      if (exchange.empty() || !is_holiday_copy(days_[exchange][day_of_year(rows_[i].date)]))
        continue;
      QualityRow copy = rows_[i];
      copy.flag = "holiday_copy";
      rows_.push_back(std::move(copy));
    }
  }

  void add_gaps(const std::set<std::string, std::less<>>& goes_on) {
    std::map<std::string, std::vector<Date>> sessions;
    for (const auto& [exchange, days] : days_) {
      if (exchange.empty()) continue;
      DayCounts counts;
      for (std::size_t i = 0; i < days.size(); ++i) {
        if (days[i].names > 0) counts[new_year_ + std::chrono::days(i)] = days[i];
      }
      sessions[exchange] = sessions_of(counts, names_of_[exchange]);
    }
    for (const auto& [ticker, name] : names_) {
      const Date first = name.follows ? Date::min() : name.dates.front();
      const Date last = goes_on.contains(ticker) ? Date::max() : name.dates.back();
      std::vector<Date> gaps;
      std::ranges::set_difference(sessions[name.exchange], name.dates, std::back_inserter(gaps));
      for (const Date date : gaps) {
        if (first <= date && date <= last) rows_.push_back({ticker, date, "gap", kUnknown});
      }
    }
  }

  Date new_year_;
  const Closes& before_;
  Closes closes_;
  std::map<std::string, Name> names_;
  std::map<std::string, Days> days_;              // by exchange
  std::map<std::string, std::int64_t> names_of_;  // by exchange
  std::vector<QualityRow> rows_;
};

// The rows of files of `prices`, one after the other: while one is checked the next are decoded.
class ReadAhead {
 public:
  ReadAhead(const Table& prices, std::vector<DataFile> files)
      : prices_(prices), files_(std::move(files)) {}

  Result<std::vector<TickerBars>> next() {
    while (under_way_.size() < kMost && begun_ < files_.size()) {
      under_way_.push_back(std::async(std::launch::async, [this, file = files_[begun_]] {
        return read_prices(prices_, file);
      }));
      ++begun_;
    }
    auto first = std::move(under_way_.front());
    under_way_.pop_front();
    return first.get();
  }

 private:
  static constexpr std::size_t kMost = 2;

  const Table& prices_;
  std::vector<DataFile> files_;
  std::size_t begun_ = 0;
  std::deque<std::future<Result<std::vector<TickerBars>>>> under_way_;
};

class QualityPass {
 public:
  QualityPass(const Table& prices, const TableState& now, const Table& quality,
              const std::vector<QualityRow>& seen)
      : prices_(prices), quality_(quality), seen_(seen), files_(by_year(now.files)) {}

  Result<void> run(const TableState& base, const std::set<int>& changed, FilesUnderWay& written,
                   Change& change) {
    const ByYear flags = by_year(base.files);
    std::set<int> years;
    for (const int year : changed) years.insert({year - 1, year, year + 1});
    for (const auto& row : seen_) years.insert(year_of(row.date));
    std::vector<DataFile> needed;
    for (const auto& [year, files] : files_) {
      if (!years.contains(year) && !years.contains(year + 1)) continue;
      needed.insert(needed.end(), files.begin(), files.end());
    }
    ReadAhead reader(prices_, std::move(needed));
    YearCheck::Closes closes;
    bool skipped = true;
    for (const auto& [year, files] : files_) {
      const bool wanted = years.contains(year);
      if (!wanted && !years.contains(year + 1)) {
        skipped = true;
        continue;
      }
      if (std::exchange(skipped, false)) {
        SIGNALS_ASSIGN(closes, closes_before(year, years));
      }
      YearCheck check(year, closes);
      for (std::size_t i = 0; i < files.size(); ++i) {
        SIGNALS_ASSIGN(const auto tickers, reader.next());
        for (const auto& bars : tickers) check.add(bars);
      }
      if (wanted) {
        SIGNALS_ASSIGN(const auto goes_on, names_in(year + 1));
        const auto found = flags.find(year);
        SIGNALS_TRY(write_year(year, check.finish(goes_on),
                               found == flags.end() ? std::vector<DataFile>{} : found->second,
                               written, change));
      }
      closes = check.closes();
    }
    for (const auto& [year, files] : flags) {
      if (files_.contains(year)) continue;
      for (const auto& file : files) change.replaced.insert(file.partition);
    }
    return {};
  }

 private:
  // The last closes before `first` of the names of that year and of those that are checked after
  // it. Most stand in the year before; a name may have been suspended for years, though, and few
  // files have such a one: of the others only the names are read.
  Result<YearCheck::Closes> closes_before(int first, const std::set<int>& years) const {
    std::map<int, std::set<std::string, std::less<>>> missing;  // by bucket
    for (auto it = files_.find(first);
         it != files_.end() && (years.contains(it->first) || years.contains(it->first + 1)); ++it) {
      SIGNALS_ASSIGN(const auto names, names_in(it->first));
      for (const auto& name : names) missing[bucket_of(name)].insert(name);
    }
    YearCheck::Closes closes;
    for (auto it = files_.find(first); it != files_.begin();) {
      --it;
      for (const auto& file : it->second) {
        auto& names = missing[file.partition.bucket];
        if (names.empty()) continue;
        SIGNALS_ASSIGN(const auto there, tickers_in(prices_, file));
        const auto is_there = [&](const auto& name) { return there.contains(name); };
        if (std::ranges::none_of(names, is_there)) continue;
        YearCheck::Closes last;
        SIGNALS_TRY(note_last_closes(prices_, file, last));
        for (const auto& [name, close] : last) {
          if (names.erase(name) > 0) closes.emplace(name, close);
        }
      }
    }
    return closes;
  }

  Result<std::set<std::string, std::less<>>> names_in(int year) const {
    std::set<std::string, std::less<>> names;
    const auto found = files_.find(year);
    if (found == files_.end()) return names;
    for (const auto& file : found->second) {
      SIGNALS_ASSIGN(auto tickers, tickers_in(prices_, file));
      names.merge(tickers);
    }
    return names;
  }

  Result<void> write_year(int year, std::map<int, std::vector<QualityRow>> buckets,
                          const std::vector<DataFile>& files, FilesUnderWay& written,
                          Change& change) {
    std::map<int, std::vector<QualityRow>> before;
    for (const auto& file : files) {
      SIGNALS_ASSIGN(auto rows, read_quality(quality_, file));
      for (auto& row : rows) before[file.partition.bucket].push_back(std::move(row));
    }
    for (const auto& [bucket, rows] : before) {
      for (const auto& row : rows) {
        if (row.flag == kForeignDividend) buckets[bucket].push_back(row);
      }
      buckets.try_emplace(bucket);  // its flags may all be gone
    }
    for (const auto& row : seen_) {
      if (year_of(row.date) == year) buckets[bucket_of(row.ticker)].push_back(row);
    }
    for (auto& [bucket, rows] : buckets) {
      std::ranges::stable_sort(rows, {}, key);
      const auto equal = [](const auto& a, const auto& b) { return key(a) == key(b); };
      rows.erase(std::unique(rows.begin(), rows.end(), equal), rows.end());
      if (same(rows, before[bucket])) continue;
      const Partition partition{year, bucket};
      change.replaced.insert(partition);
      if (rows.empty()) continue;
      SIGNALS_TRY(written.begin([&table = quality_, partition, flagged = std::move(rows)] {
        return write_quality(table, partition, flagged);
      }));
    }
    return {};
  }

  const Table& prices_;
  const Table& quality_;
  const std::vector<QualityRow>& seen_;
  ByYear files_;
};

// The files of `prices` that `quality` was last written from; none if that cannot be told.
std::vector<DataFile> files_before(const Table& prices, const TableState& now,
                                   const TableState& quality) {
  if (!quality.exists()) return {};
  const auto& summary = quality.snapshots.back().summary;
  const auto id = summary.find(kSourceSnapshot);
  const auto uuid = summary.find(kSourceUuid);
  if (id == summary.end() || uuid == summary.end() || uuid->second != now.uuid) return {};
  const auto state = prices.load_snapshot(std::stoll(id->second));
  return state ? state->files : std::vector<DataFile>{};
}

}  // namespace

Result<void> update_quality(const Table& prices, const Table& quality,
                            const std::vector<QualityRow>& seen, Instant now) {
  SIGNALS_ASSIGN(const TableState state, prices.load());
  if (!state.exists()) return {};
  const auto build = [&](const TableState& base) -> Result<Change> {
    Change change;
    change.schema = quality_schema();
    change.summary = {{"command", "load"},
                      {kSourceSnapshot, std::to_string(state.snapshot_id())},
                      {kSourceUuid, state.uuid}};
    PendingFiles pending(quality);
    FilesUnderWay written(pending, change.added);
    const auto changed = changed_years(files_before(prices, state, base), state.files);
    SIGNALS_TRY(QualityPass(prices, state, quality, seen).run(base, changed, written, change));
    SIGNALS_TRY(written.finish());
    pending.release();
    return change;
  };
  SIGNALS_TRY(quality.commit(build, now));
  return {};
}

}  // namespace signals
