#include "pipeline/transform.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <set>
#include <thread>

#include "features/compute.h"
#include "lake/tables/features.h"
#include "lake/tables/prices.h"

namespace signals {
namespace {

constexpr int kEveryYear = std::numeric_limits<int>::min();

// The part of one bucket that must be computed.
struct BucketJob {
  int bucket = 0;
  int from_year = kEveryYear;   // features of this and later years are rewritten
  std::vector<DataFile> files;  // all prices of the bucket: values come from the first bar
};

struct BucketResult {
  std::vector<DataFile> files;
  std::int64_t tickers = 0, rows = 0;
};

std::map<int, std::set<std::string>> paths_by_year(const TableState& state, int bucket) {
  std::map<int, std::set<std::string>> paths;
  for (const auto& file : state.files) {
    if (file.partition.bucket == bucket) paths[file.partition.year].insert(file.path);
  }
  return paths;
}

// The first year whose files are not the same in both states; empty when all are.
std::optional<int> first_difference(const TableState& before, const TableState& now, int bucket) {
  const auto old_paths = paths_by_year(before, bucket);
  const auto new_paths = paths_by_year(now, bucket);
  std::optional<int> first;
  const auto look = [&](const auto& from, const auto& in) {
    for (const auto& [year, paths] : from) {
      const auto found = in.find(year);
      if (found != in.end() && found->second == paths) continue;
      if (!first || year < *first) first = year;
    }
  };
  look(old_paths, new_paths);
  look(new_paths, old_paths);
  return first;
}

Error difference(const TableState& table, const std::map<std::string, std::string>& wanted) {
  std::string text;
  for (const auto& [name, value] : wanted) {
    const auto found = table.properties.find(name);
    const std::string has = found == table.properties.end() ? "nothing" : found->second;
    if (has == value) continue;
    text += fmt::format("{}{} is {} there, {} here", text.empty() ? "" : ", ", name, has, value);
  }
  return Error{ErrorCode::config_differs, fmt::format("table {}: {}", table.name, text)};
}

class TransformRun {
 public:
  TransformRun(const Table& prices, const Table& features, const TransformRequest& request,
               Observer& observer)
      : prices_(prices), features_(features), request_(request), observer_(observer) {
    schema_ =
        features_schema(request.plan.columns, request.plan.config.float64 ? "double" : "float");
  }

  Result<TransformReport> run() {
    SIGNALS_ASSIGN(source_, prices_.load());
    if (!source_.exists()) {
      return fail(ErrorCode::no_table, fmt::format("{} has no prices yet (run `signals load`)",
                                                   prices_.store().uri("")));
    }
    report_.source_snapshot = source_.snapshot_id();
    report_.columns = static_cast<std::int64_t>(request_.plan.columns.size());
    SIGNALS_ASSIGN(const TableState before, features_.load());
    report_.snapshot_before = before.snapshot_id();
    SIGNALS_ASSIGN(
        const TableState after,
        features_.commit([&](const TableState& base) { return build(base); }, request_.now));
    report_.snapshot = after.snapshot_id();
    for (const auto& file : after.files) {
      report_.rows += file.rows;
      report_.bytes += file.bytes;
    }
    report_.files_kept = static_cast<std::int64_t>(after.files.size()) - report_.files_written;
    return report_;
  }

 private:
  Result<Change> build(const TableState& base) {
    // Anew for each try: a rival that committed meanwhile may have been made of newer bars.
    SIGNALS_ASSIGN(source_, prices_.load());
    report_.source_snapshot = source_.snapshot_id();
    const auto properties = request_.plan.properties();
    const bool rebuild = !base.exists() || request_.reload;
    if (!rebuild && base.properties != properties)
      return tl::unexpected(difference(base, properties));
    SIGNALS_ASSIGN(const auto jobs, find_jobs(base, rebuild));
    PendingFiles files(features_);
    SIGNALS_ASSIGN(const auto results, compute(jobs, files));

    Change change;
    change.replace_all = rebuild;
    change.schema = schema_;
    change.properties = properties;
    change.summary = {{"command", "transform"},
                      {"source-snapshot", std::to_string(source_.snapshot_id())}};
    report_.tickers = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      for (const auto& file : base.files) {
        if (file.partition.bucket == jobs[i].bucket && file.partition.year >= jobs[i].from_year) {
          change.replaced.insert(file.partition);
        }
      }
      for (const auto& file : results[i].files) change.replaced.insert(file.partition);
      std::ranges::copy(results[i].files, std::back_inserter(change.added));
      report_.tickers += results[i].tickers;
    }
    report_.files_written = static_cast<std::int64_t>(change.added.size());
    files.release();
    return change;
  }

  Result<std::vector<BucketJob>> find_jobs(const TableState& base, bool rebuild) const {
    TableState made_of;
    if (!rebuild) {
      const auto& summary = base.snapshots.back().summary;
      const auto source = summary.find("source-snapshot");
      std::int64_t id = 0;
      if (source != summary.end()) {
        const std::string& text = source->second;
        std::from_chars(text.data(), text.data() + text.size(), id);
      }
      // When that snapshot of prices is no longer kept, every bucket counts as changed.
      if (auto old = prices_.load_snapshot(id)) made_of = std::move(*old);
    }
    std::vector<BucketJob> jobs;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
      const auto year = first_difference(made_of, source_, bucket);
      if (!year) continue;
      const bool all_years = rebuild || request_.plan.config.mode != ta::Mode::causal;
      BucketJob job{bucket, all_years ? kEveryYear : *year, {}};
      std::ranges::copy_if(source_.files, std::back_inserter(job.files),
                           [&](const DataFile& file) { return file.partition.bucket == bucket; });
      jobs.push_back(std::move(job));
    }
    return jobs;
  }

  // Buckets are dealt to threads one by one; what is computed does not depend on their number.
  Result<std::vector<BucketResult>> compute(const std::vector<BucketJob>& jobs,
                                            PendingFiles& files) {
    std::vector<BucketResult> results(jobs.size());
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::optional<Error> error;
    Progress progress{.total = static_cast<std::int64_t>(jobs.size())};
    const auto work = [&] {
      for (std::size_t i = next++; i < jobs.size(); i = next++) {
        auto result = compute_bucket(jobs[i], files, mutex);
        const std::lock_guard lock(mutex);
        if (!result) {
          error = result.error();
          next = jobs.size();
          return;
        }
        ++progress.done;
        progress.rows += result->rows;
        observer_.progress(progress);
        results[i] = std::move(*result);
      }
    };
    std::vector<std::thread> helpers;
    for (int i = 1; i < request_.threads; ++i) helpers.emplace_back(work);
    work();
    for (auto& helper : helpers) helper.join();
    if (error) return tl::unexpected(*error);
    return results;
  }

  Result<BucketResult> compute_bucket(const BucketJob& job, PendingFiles& files,
                                      std::mutex& mutex) const {
    SIGNALS_ASSIGN(const auto series, read_series(prices_, job.files));
    BucketResult result;
    std::map<int, std::unique_ptr<FeatureWriter>> writers;
    GroupFeatures<double> features(request_.plan);
    for (const auto& one : series) {
      if (request_.stop != nullptr && request_.stop->load()) {
        return fail(ErrorCode::interrupted, "transform");
      }
      const TickerInput input{one.dates, {one.open, one.high, one.low, one.close, one.volume}};
      features.compute({&input, 1});
      SIGNALS_TRY(write_ticker(one.ticker, features, job, writers));
      ++result.tickers;
      result.rows += static_cast<std::int64_t>(features.dates(0).size());
    }
    for (auto& [year, writer] : writers) {
      SIGNALS_ASSIGN(DataFile file, writer->finish());
      const std::lock_guard lock(mutex);
      files.add(file);
      result.files.push_back(std::move(file));
    }
    return result;
  }

  // Cuts one ticker's rows by year and gives each part to the file of that year.
  Result<void> write_ticker(const std::string& ticker, const GroupFeatures<double>& features,
                            const BucketJob& job,
                            std::map<int, std::unique_ptr<FeatureWriter>>& writers) const {
    const auto dates = features.dates(0);
    std::vector<const double*> columns(features.columns(0).size());
    std::size_t begin = 0;
    while (begin < dates.size()) {
      const int year = year_of(dates[begin]);
      std::size_t end = begin + 1;
      while (end < dates.size() && year_of(dates[end]) == year) ++end;
      if (year >= job.from_year) {
        auto& writer = writers[year];
        if (!writer) {
          SIGNALS_ASSIGN(writer, FeatureWriter::create(features_, {year, job.bucket}, schema_));
        }
        for (std::size_t c = 0; c < columns.size(); ++c)
          columns[c] = features.columns(0)[c] + begin;
        SIGNALS_TRY(writer->append(ticker, dates.subspan(begin, end - begin), columns));
      }
      begin = end;
    }
    return {};
  }

  const Table& prices_;
  const Table& features_;
  const TransformRequest& request_;
  Observer& observer_;
  std::vector<ColumnSpec> schema_;
  TableState source_;
  TransformReport report_;
};

}  // namespace

Result<TransformReport> transform(const Table& prices, const Table& features,
                                  const TransformRequest& request, Observer& observer) {
  return TransformRun(prices, features, request, observer).run();
}

}  // namespace signals
