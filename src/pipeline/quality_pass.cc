#include "pipeline/quality_pass.h"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <future>
#include <set>
#include <tuple>
#include <utility>

#include "lake/files_under_way.h"
#include "lake/tables/prices.h"

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

  void add(const FileCheck& check) {
    for (const auto& one : check.names) {
      const auto found = before_.find(one.ticker);
      const bool follows = found != before_.end();
      Name& name = names_[one.ticker];
      name.exchange = one.exchange.view();
      name.follows = follows;
      name.days |= one.days;
      Exchange& exchange = exchanges_[name.exchange];
      ++exchange.names;
      for (std::size_t day = 0; day < one.days.size(); ++day) {
        exchange.days[day].names += one.days[day] ? 1 : 0;
      }
      for (const auto& flag : check_row(one.first, follows ? found->second : kUnknown)) {
        add(one, one.first.date, flag);
      }
      closes_[one.ticker] = one.last_close;
    }
    for (const auto& one : check.flags) add(check.names[one.name], one.date, one.flag);
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
    DaysOfYear days;
  };
  struct Exchange {
    std::array<DayCount, DaysOfYear{}.size()> days{};
    std::int64_t names = 0;
  };

  void add(const FileCheck::Name& name, Date date, const RowFlag& flag) {
    if (flag.flag == "no_trade") {
      ++exchanges_[std::string(name.exchange.view())].days[day_of_year(date)].no_trades;
    }
    rows_.push_back({name.ticker, date, std::string(flag.flag), flag.value});
  }

  void add_holidays() {
    const std::size_t count = rows_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (rows_[i].flag != "no_trade") continue;
      const std::string& exchange = names_[rows_[i].ticker].exchange;
      const std::size_t day = day_of_year(rows_[i].date);
      if (exchange.empty() || !is_holiday_copy(exchanges_[exchange].days[day])) continue;
      QualityRow copy = rows_[i];
      copy.flag = "holiday_copy";
      rows_.push_back(std::move(copy));
    }
  }

  void add_gaps(const std::set<std::string, std::less<>>& goes_on) {
    std::map<std::string, DaysOfYear> sessions;
    for (const auto& [name, exchange] : exchanges_) {
      if (name.empty()) continue;
      DayCounts counts;
      for (std::size_t i = 0; i < exchange.days.size(); ++i) {
        if (exchange.days[i].names > 0) counts[date_of(i)] = exchange.days[i];
      }
      for (const Date date : sessions_of(counts, exchange.names)) {
        sessions[name].set(day_of_year(date));
      }
    }
    for (const auto& [ticker, name] : names_) {
      const DaysOfYear gaps = sessions[name.exchange] & ~name.days;
      if (gaps.none()) continue;
      std::size_t first = 0, end = gaps.size();
      while (!name.follows && !name.days[first]) ++first;
      while (!goes_on.contains(ticker) && !name.days[end - 1]) --end;
      for (std::size_t i = first; i < end; ++i) {
        if (gaps[i]) rows_.push_back({ticker, date_of(i), "gap", kUnknown});
      }
    }
  }

  [[nodiscard]] Date date_of(std::size_t day) const { return new_year_ + std::chrono::days(day); }

  Date new_year_;
  const Closes& before_;
  Closes closes_;
  std::map<std::string, Name> names_;
  std::map<std::string, Exchange> exchanges_;
  std::vector<QualityRow> rows_;
};

// The checks of files of `prices`, one after the other. Those that nobody has yet are made from
// their rows: while one is used the next are read.
class ReadAhead {
 public:
  ReadAhead(const Table& prices, const FileChecks& known, std::vector<DataFile> files)
      : prices_(prices), known_(known), files_(std::move(files)) {}

  // Hands the next one to `take`.
  Result<void> next(const std::function<void(const FileCheck&)>& take) {
    for (; under_way_.size() < kMost && begun_ < files_.size(); ++begun_) {
      const DataFile& file = files_[begun_];
      if (known_.find(file) != nullptr) continue;
      under_way_.push_back(std::async(std::launch::async, [this, &file] { return read(file); }));
    }
    const DataFile& file = files_[taken_++];
    if (const FileCheck* check = known_.find(file)) {
      take(*check);
      return {};
    }
    SIGNALS_ASSIGN(const FileCheck check, under_way_.front().get());
    under_way_.pop_front();
    take(check);
    return {};
  }

 private:
  static constexpr std::size_t kMost = 2;

  [[nodiscard]] Result<FileCheck> read(const DataFile& file) const {
    SIGNALS_ASSIGN(const auto tickers, read_prices(prices_, file));
    return check_file(tickers);
  }

  const Table& prices_;
  const FileChecks& known_;
  std::vector<DataFile> files_;
  std::size_t begun_ = 0, taken_ = 0;
  std::deque<std::future<Result<FileCheck>>> under_way_;
};

class QualityPass {
 public:
  QualityPass(const Table& prices, const TableState& now, const FileChecks& checks,
              const Table& quality, const std::vector<QualityRow>& seen)
      : prices_(prices),
        checks_(checks),
        quality_(quality),
        seen_(seen),
        files_(by_year(now.files)) {}

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
    ReadAhead reader(prices_, checks_, std::move(needed));
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
        SIGNALS_TRY(reader.next([&](const FileCheck& one) { check.add(one); }));
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
      if (const FileCheck* check = checks_.find(file)) {
        for (const auto& name : check->names) names.insert(name.ticker);
        continue;
      }
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
  const FileChecks& checks_;
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

Result<void> update_quality(const Table& prices, const FileChecks& checks, const Table& quality,
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
    SIGNALS_TRY(
        QualityPass(prices, state, checks, quality, seen).run(base, changed, written, change));
    SIGNALS_TRY(written.finish());
    pending.release();
    return change;
  };
  SIGNALS_TRY(quality.commit(build, now));
  return {};
}

}  // namespace signals
