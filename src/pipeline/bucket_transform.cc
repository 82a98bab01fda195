#include "pipeline/bucket_transform.h"

#include <algorithm>
#include <map>

#include "features/compute.h"

namespace signals {
namespace {

// A group of tickers is one row group in each year's file, so this decides the memory of a thread:
// 86 columns of 320,000 floats are 110 MB. Twenty years of 64 tickers make chunks of 64 KB.
constexpr std::size_t kGroupRows = 320'000;
constexpr std::size_t kGroupTickers = 64;

// An open file keeps about a kilobyte for each column chunk until it ends. With so many lags that
// this counts, a year's rows go on in another file.
constexpr std::size_t kOpenChunks = 64'000;

// Rows of all indicator columns that a ticker takes up in a group.
std::size_t cost(const BarSeries& series, const FeatureConfig& config) {
  const std::size_t rows = series.dates.size();
  if (config.lags.empty()) return config.na == NaPolicy::drop_any ? 2 * rows : rows;
  const std::size_t base = rows + static_cast<std::size_t>(config.lags.back());
  // Lags are other views of the same columns, unless rows are taken out of each.
  return config.na == NaPolicy::drop_any ? base + rows * (config.lags.size() + 1) : base;
}

template <class T>
class TransformAs final : public BucketTransform {
 public:
  explicit TransformAs(const BucketContext& context)
      : context_(context), features_(context.plan), group_(kGroupTickers) {}

  Result<BucketResult> run(int bucket, const BucketSource& source, int from_year) override {
    bucket_ = bucket;
    from_year_ = from_year;
    result_ = {};
    auto result = stream(source);
    open_.clear();  // after a failure: what is open is given up
    open_chunks_ = 0;
    return result;
  }

 private:
  Result<BucketResult> stream(const BucketSource& source) {
    const auto& config = context_.plan.config;
    SIGNALS_ASSIGN(auto reader,
                   BarReader::open(context_.prices, source.all_files(), config.total_return));
    std::size_t used = 0, rows = 0;
    while (true) {
      BarSeries& series = group_[used];
      SIGNALS_ASSIGN(const bool more, reader.next(series));
      if (!more) break;
      prepare(series, source.skipped, config);
      if (series.dates.empty()) continue;
      rows += cost(series, config) * sizeof(T) / sizeof(float);
      if (++used == kGroupTickers || rows >= kGroupRows) {
        SIGNALS_TRY(write_group({group_.data(), used}));
        used = rows = 0;
      }
    }
    if (used > 0) SIGNALS_TRY(write_group({group_.data(), used}));
    SIGNALS_TRY(finish_all());
    return std::move(result_);
  }

  Result<void> write_group(std::span<const BarSeries> group) {
    SIGNALS_TRY(context_.check_stop());
    std::vector<TickerInput> inputs;
    for (const auto& one : group) {
      inputs.push_back({one.dates, {one.open, one.high, one.low, one.close, one.volume}});
    }
    features_.compute(inputs);
    std::map<int, std::vector<FeatureSlice<T>>> years;
    for (std::size_t t = 0; t < group.size(); ++t) add_slices(group[t].ticker, t, years);
    const std::size_t chunks = years.size() * context_.plan.columns.size();
    if (open_chunks_ + chunks > kOpenChunks) SIGNALS_TRY(finish_all());
    for (const auto& [year, slices] : years) {
      SIGNALS_TRY(context_.check_stop());
      SIGNALS_TRY(write_year(year, slices));
    }
    result_.tickers += static_cast<std::int64_t>(group.size());
    return {};
  }

  // Cuts one ticker's rows by year.
  void add_slices(const std::string& ticker, std::size_t t,
                  std::map<int, std::vector<FeatureSlice<T>>>& years) const {
    const auto dates = features_.dates(t);
    for (std::size_t begin = 0; begin < dates.size();) {
      const int year = year_of(dates[begin]);
      const Date next_year = std::chrono::year(year + 1) / 1 / 1;
      const auto end = static_cast<std::size_t>(
          std::ranges::lower_bound(dates.subspan(begin), next_year) - dates.begin());
      if (year >= from_year_) {
        years[year].push_back(
            {ticker, dates.subspan(begin, end - begin), features_.columns(t), begin});
      }
      begin = end;
    }
  }

  Result<void> write_year(int year, const std::vector<FeatureSlice<T>>& slices) {
    auto found = open_.find(year);
    if (found == open_.end()) {
      SIGNALS_ASSIGN(auto file,
                     FeatureFile<T>::create(context_.features, {year, bucket_}, context_.layout));
      found = open_.emplace(year, std::move(file)).first;
    }
    SIGNALS_TRY(found->second->append(slices));
    open_chunks_ += context_.plan.columns.size();
    return open_chunks_ > kOpenChunks ? finish_all() : Result<void>{};
  }

  Result<void> finish_all() {
    for (const auto& [year, writer] : open_) {
      SIGNALS_ASSIGN(DataFile file, writer->finish());
      context_.written(file);
      result_.rows += file.rows;
      result_.files.push_back(std::move(file));
    }
    open_.clear();
    open_chunks_ = 0;
    return {};
  }

  const BucketContext& context_;
  GroupFeatures<T> features_;
  std::vector<BarSeries> group_;
  int bucket_ = 0, from_year_ = 0;
  std::map<int, std::unique_ptr<FeatureFile<T>>> open_;  // by year
  std::size_t open_chunks_ = 0;
  BucketResult result_;
};

}  // namespace

std::unique_ptr<BucketTransform> BucketTransform::create(const BucketContext& context) {
  if (context.plan.config.float64) return std::make_unique<TransformAs<double>>(context);
  return std::make_unique<TransformAs<float>>(context);
}

}  // namespace signals
