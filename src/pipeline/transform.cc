#include "pipeline/transform.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "core/number.h"
#include "core/text.h"
#include "lake/schema.h"
#include "lake/tables/features.h"
#include "pipeline/bucket_source.h"
#include "pipeline/bucket_transform.h"
#include "pipeline/feature_sources.h"

namespace signals {
namespace {

constexpr int kEveryYear = std::numeric_limits<int>::min();

// What became of one bucket.
struct BucketOutcome {
  bool touched = false;
  int from_year = kEveryYear;  // features of this and later years were written anew
  BucketResult written;
};

Error difference(const TableState& table, const std::map<std::string, std::string>& wanted) {
  std::set<std::string> names;
  for (const auto* all : {&table.properties, &wanted}) {
    for (const auto& [name, value] : *all) names.insert(name);
  }
  std::string text;
  for (const auto& name : names) {
    const std::string has = property(table.properties, name, "nothing");
    const std::string value = property(wanted, name, "nothing");
    if (has == value) continue;
    text += fmt::format("{}{} is {} there, {} here", text.empty() ? "" : ", ", name, has, value);
  }
  return Error{ErrorCode::config_differs, fmt::format("table {}: {}", table.name, text)};
}

class TransformRun {
 public:
  TransformRun(const Table& prices, const Table& quality, const Table& features,
               const TransformRequest& request, Observer& observer)
      : prices_(prices),
        quality_(quality),
        features_(features),
        request_(request),
        observer_(observer),
        config_(request.plan.config),
        schema_(features_schema(request.plan.columns, config_.float64 ? "double" : "float")) {}

  Result<TransformReport> run() {
    SIGNALS_TRY(load_sources());
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
  Result<void> load_sources() {
    SIGNALS_ASSIGN(now_.prices, prices_.load());
    if (!now_.prices.exists()) {
      return fail(ErrorCode::no_table, fmt::format("{} has no prices yet (run `signals load`)",
                                                   prices_.store().uri("")));
    }
    if (!config_.skip.empty()) {
      SIGNALS_ASSIGN(now_.quality, quality_.load());
    }
    report_.source_snapshot = now_.prices.snapshot_id();
    return {};
  }

  Result<Change> build(const TableState& base) {
    // Anew for each try: a rival that committed meanwhile may have been made of newer bars.
    SIGNALS_TRY(load_sources());
    const auto properties = request_.plan.properties();
    const bool rebuild = !base.exists() || request_.reload;
    const bool whole = request_.buckets.size() == kBuckets;
    if (base.exists() && (!rebuild || !whole) && base.properties != properties) {
      return tl::unexpected(difference(base, properties));
    }
    made_of_ = rebuild ? std::nullopt : read_made_of(base);
    if (base.exists()) schema_ = with_ids_of(base, std::move(schema_));
    PendingFiles files(features_);
    SIGNALS_ASSIGN(const auto outcomes, compute(files));

    Change change;
    change.replace_all = change.new_schema = rebuild && whole;
    change.schema = schema_;
    change.properties = properties;
    change.summary = {{"command", "transform"}};
    change.tell = [this](const TableState& before, auto& summary) {
      const auto* told = before.snapshots.empty() ? nullptr : &before.snapshots.back().summary;
      record_source(summary, kPricesKeys, now_.prices, request_.buckets, told);
      if (config_.skip.empty()) return;
      record_source(summary, kQualityKeys, now_.quality, request_.buckets, told);
    };
    report_.tickers = 0;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
      const auto& outcome = outcomes[static_cast<std::size_t>(bucket)];
      if (!outcome.touched) continue;
      for (const auto& file : base.files) {
        if (file.partition.bucket == bucket && file.partition.year >= outcome.from_year) {
          change.replaced.insert(file.partition);
        }
      }
      for (const auto& file : outcome.written.files) change.replaced.insert(file.partition);
      std::ranges::copy(outcome.written.files, std::back_inserter(change.added));
      report_.tickers += outcome.written.tickers;
    }
    report_.files_written = static_cast<std::int64_t>(change.added.size());
    files.release();
    return change;
  }

  // Empty when it cannot be known: then every bucket counts as changed.
  [[nodiscard]] std::optional<SourceStates> read_made_of(const TableState& base) const {
    const auto& summary = base.snapshots.back().summary;
    auto prices = recorded_source(summary, kPricesKeys, prices_, now_.prices);
    if (!prices) return std::nullopt;
    if (config_.skip.empty()) return SourceStates{std::move(*prices), {}};
    auto quality = recorded_source(summary, kQualityKeys, quality_, now_.quality);
    if (!quality) return std::nullopt;
    return SourceStates{std::move(*prices), std::move(*quality)};
  }

  // Buckets are dealt to threads one by one; what is computed does not depend on their number.
  Result<std::vector<BucketOutcome>> compute(PendingFiles& files) {
    std::vector<BucketOutcome> outcomes(kBuckets);
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::optional<Error> error;
    const std::vector<int> wanted(request_.buckets.begin(), request_.buckets.end());
    Progress progress{.total = static_cast<std::int64_t>(wanted.size())};
    const BucketContext context{
        .prices = prices_,
        .features = features_,
        .plan = request_.plan,
        .layout = make_feature_layout(schema_, request_.plan.flags, request_.format),
        .check_stop = [&] { return check_stop(); },
        .written =
            [&](const DataFile& file) {
              const std::lock_guard lock(mutex);
              files.add(file);
            }};
    const auto work = [&] {
      const auto worker = BucketTransform::create(context);
      for (std::size_t i = next++; i < wanted.size(); i = next++) {
        auto outcome = compute_bucket(*worker, wanted[i]);
        const std::lock_guard lock(mutex);
        if (!outcome) {
          error = outcome.error();
          next = wanted.size();
          return;
        }
        ++progress.done;
        progress.rows += outcome->written.rows;
        observer_.progress(progress);
        outcomes[static_cast<std::size_t>(wanted[i])] = std::move(*outcome);
      }
    };
    std::vector<std::thread> helpers;
    for (int i = 1; i < request_.threads; ++i) helpers.emplace_back(work);
    work();
    for (auto& helper : helpers) helper.join();
    if (error) return tl::unexpected(*error);
    return outcomes;
  }

  Result<BucketOutcome> compute_bucket(BucketTransform& worker, int bucket) const {
    SIGNALS_ASSIGN(const auto source, bucket_source(quality_, now_, bucket, config_));
    BucketOutcome outcome;
    if (made_of_) {
      // Where only bookkeeping changed (`settled`), the table keeps its snapshot and so its memory
      // of the older one: the next run compares again. That reads two files for each year of bars
      // that was rewritten since, a fraction of computing them.
      SIGNALS_ASSIGN(const auto year, changed_year(bucket, source));
      if (!year) return outcome;
      // The means of the other modes see the end of the history.
      if (config_.mode == ta::Mode::causal) outcome.from_year = *year;
    }
    outcome.touched = true;
    SIGNALS_ASSIGN(outcome.written, worker.run(bucket, source, outcome.from_year));
    return outcome;
  }

  [[nodiscard]] Result<std::optional<int>> changed_year(int bucket,
                                                        const BucketSource& source) const {
    auto before = bucket_source(quality_, *made_of_, bucket, config_);
    if (!before) return kEveryYear;  // its flags are gone
    return first_changed_year(prices_, *before, source, config_, [&] { return check_stop(); });
  }

  [[nodiscard]] Result<void> check_stop() const {
    if (request_.stop == nullptr || !request_.stop->load()) return {};
    return fail(ErrorCode::interrupted, "transform");
  }

  const Table& prices_;
  const Table& quality_;
  const Table& features_;
  const TransformRequest& request_;
  Observer& observer_;
  const FeatureConfig& config_;
  std::vector<ColumnSpec> schema_;
  SourceStates now_;
  std::optional<SourceStates> made_of_;  // empty: everything is computed
  TransformReport report_;
};

}  // namespace

Result<std::vector<std::string>> parse_skip(std::string_view text) {
  std::vector<std::string> skip;
  if (text == "none") return skip;
  const auto words = split(text, ',');
  for (const auto& word : words) {
    if (std::ranges::find(kQualityFlags, word) != kQualityFlags.end()) continue;
    return fail(ErrorCode::usage, fmt::format("--skip {}: it is none, or some of {}", text,
                                              fmt::join(kQualityFlags, ", ")));
  }
  for (const auto flag : kQualityFlags) {
    if (std::ranges::find(words, flag) != words.end()) skip.emplace_back(flag);
  }
  return skip;
}

Result<std::set<int>> parse_buckets(std::string_view text) {
  std::set<int> buckets;
  for (const auto& word : split(text, ',')) {
    const auto ends = split(word, '-');
    const int first = number_in<int>(ends.front()).value_or(-1);
    const int last = number_in<int>(ends.back()).value_or(-1);
    if (ends.size() > 2 || first < 0 || last < first || last >= kBuckets) {
      return fail(ErrorCode::usage,
                  fmt::format("--buckets {}: it is a list of numbers from 0 to {}, e.g. 0,3,8-11",
                              text, kBuckets - 1));
    }
    for (int bucket = first; bucket <= last; ++bucket) buckets.insert(bucket);
  }
  return buckets;
}

Result<TransformReport> transform(const Table& prices, const Table& quality, const Table& features,
                                  const TransformRequest& request, Observer& observer) {
  return TransformRun(prices, quality, features, request, observer).run();
}

}  // namespace signals
