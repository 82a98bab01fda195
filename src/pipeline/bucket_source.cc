#include "pipeline/bucket_source.h"

#include <algorithm>
#include <set>

namespace signals {
namespace {

std::vector<std::string> sorted_paths(const std::vector<DataFile>& files) {
  std::vector<std::string> paths;
  for (const auto& file : files) paths.push_back(file.path);
  std::ranges::sort(paths);
  return paths;
}

const std::vector<DataFile>& files_of(const BucketSource& source, int year) {
  static const std::vector<DataFile> none;
  const auto found = source.files.find(year);
  return found == source.files.end() ? none : found->second;
}

std::set<int> rewritten_years(const BucketSource& before, const BucketSource& now) {
  std::set<int> years;
  for (const auto* source : {&before, &now}) {
    for (const auto& [year, files] : source->files) {
      if (sorted_paths(files_of(before, year)) != sorted_paths(files_of(now, year))) {
        years.insert(year);
      }
    }
  }
  return years;
}

bool same_column(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) {
    return x == y || (x != x && y != y);  // both unknown
  });
}

bool same_bars(const BarSeries& a, const BarSeries& b) {
  return a.ticker == b.ticker && a.dates == b.dates && same_column(a.open, b.open) &&
         same_column(a.high, b.high) && same_column(a.low, b.low) &&
         same_column(a.close, b.close) && same_column(a.volume, b.volume) &&
         same_column(a.dividend_factor, b.dividend_factor);
}

// Whether both lists of files hold the same of what features use.
Result<bool> same_year(const Table& prices, const std::vector<DataFile>& before,
                       const std::vector<DataFile>& now, bool factors,
                       const std::function<Result<void>()>& check_stop) {
  SIGNALS_ASSIGN(auto old_reader, BarReader::open(prices, before, factors));
  SIGNALS_ASSIGN(auto new_reader, BarReader::open(prices, now, factors));
  BarSeries old_bars, new_bars;
  while (true) {
    SIGNALS_TRY(check_stop());
    SIGNALS_ASSIGN(const bool old_more, old_reader.next(old_bars));
    SIGNALS_ASSIGN(const bool new_more, new_reader.next(new_bars));
    if (old_more != new_more || !same_bars(old_bars, new_bars)) return false;
    if (!old_more) return true;
  }
}

// The first year in which a bar is flagged in only one of the two.
std::optional<int> first_other_flag(const FlaggedDates& before, const FlaggedDates& now) {
  std::optional<int> first;
  const auto look = [&](const FlaggedDates& from, const FlaggedDates& in) {
    for (const auto& [ticker, dates] : from) {
      const auto found = in.find(ticker);
      for (const Date date : dates) {
        if (found != in.end() && found->second.contains(date)) continue;
        if (!first || year_of(date) < *first) first = year_of(date);
        break;
      }
    }
  };
  look(before, now);
  look(now, before);
  return first;
}

}  // namespace

std::vector<DataFile> BucketSource::all_files() const {
  std::vector<DataFile> all;
  for (const auto& [year, some] : files) all.insert(all.end(), some.begin(), some.end());
  return all;
}

Result<BucketSource> bucket_source(const Table& quality, const SourceStates& states, int bucket,
                                   const FeatureConfig& config) {
  BucketSource source;
  for (const auto& file : states.prices.files) {
    if (file.partition.bucket == bucket) source.files[file.partition.year].push_back(file);
  }
  if (config.skip.empty()) return source;
  SIGNALS_ASSIGN(source.skipped, read_flagged_dates(quality, states.quality, bucket, config.skip));
  return source;
}

Result<void> each_taken_dates(const Table& prices, const Table& quality, const SourceStates& states,
                              const FeatureConfig& config, Date from, Date to,
                              const TakeDates& take) {
  std::vector<Date> taken;
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    SIGNALS_ASSIGN(const auto source, bucket_source(quality, states, bucket, config));
    for (const auto& file : source.all_files()) {
      if (file.last_date < from || file.first_date > to) continue;
      SIGNALS_TRY(each_tickers_dates(
          prices, file,
          [&](std::string_view ticker, std::string_view exchange, std::span<const Date> dates) {
            const auto skipped = source.skipped.find(ticker);
            taken.clear();
            for (const Date date : dates) {
              if (skipped != source.skipped.end() && skipped->second.contains(date)) continue;
              taken.push_back(date);
            }
            take(ticker, exchange, taken);
          }));
    }
  }
  return {};
}

Result<std::optional<int>> first_changed_year(const Table& prices, const BucketSource& before,
                                              const BucketSource& now, const FeatureConfig& config,
                                              const std::function<Result<void>()>& check_stop) {
  const auto flagged = first_other_flag(before.skipped, now.skipped);
  for (const int year : rewritten_years(before, now)) {
    if (flagged && *flagged <= year) break;
    const auto same = same_year(prices, files_of(before, year), files_of(now, year),
                                config.total_return, check_stop);
    SIGNALS_TRY(check_stop());
    if (!same || !*same) return year;
  }
  return flagged;
}

void prepare(BarSeries& series, const FlaggedDates& skipped, const FeatureConfig& config) {
  if (config.total_return) {
    for (auto* column : {&series.open, &series.high, &series.low, &series.close}) {
      std::ranges::transform(*column, series.dividend_factor, column->begin(), std::multiplies<>());
    }
  }
  const auto found = skipped.find(series.ticker);
  if (found == skipped.end()) return;
  std::vector<std::vector<double>*> columns = {&series.open, &series.high, &series.low,
                                               &series.close, &series.volume};
  if (!series.dividend_factor.empty()) columns.push_back(&series.dividend_factor);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < series.dates.size(); ++i) {
    if (found->second.contains(series.dates[i])) continue;
    series.dates[kept] = series.dates[i];
    for (auto* column : columns) (*column)[kept] = (*column)[i];
    ++kept;
  }
  series.dates.resize(kept);
  for (auto* column : columns) column->resize(kept);
}

}  // namespace signals
