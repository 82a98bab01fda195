#include "pipeline/publish.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "lake/tables/dataset.h"
#include "lake/tables/mapping.h"
#include "lake/tables/prices.h"
#include "lake/tables/quality.h"
#include "lake/tables/universe.h"
#include "pipeline/dataset_block.h"
#include "pipeline/dataset_rows.h"
#include "pipeline/feature_sources.h"
#include "pipeline/publish_config.h"
#include "pipeline/publish_manifest.h"
#include "pipeline/publish_universe.h"
#include "pipeline/published_files.h"

namespace signals {
namespace {

using std::chrono::days;
using Properties = std::map<std::string, std::string>;

constexpr std::size_t kChanceDigits = 8;

class PublishRun {
 public:
  PublishRun(const std::shared_ptr<ObjectStore>& lake, const PublishRequest& request,
             Observer& observer)
      : lake_(lake),
        request_(request),
        observer_(observer),
        dataset_(lake, kDatasetTable),
        prices_(lake, kPricesTable),
        quality_(lake, kQualityTable),
        features_(lake, request.features) {}

  Result<PublishReport> run() {
    report_.expected = request_.round.value_or(round_date(request_.now));
    report_.d = request_.date.value_or(report_.expected);
    if (report_.d > round_date(request_.now)) {
      return fail(ErrorCode::bad_date,
                  fmt::format("--date {}: its sessions are not over, the last date is {}",
                              to_string(report_.d), to_string(round_date(request_.now))));
    }
    SIGNALS_ASSIGN(const TableState before, dataset_.load());
    report_.snapshot_before = before.snapshot_id();
    SIGNALS_ASSIGN(
        const TableState after,
        dataset_.commit([&](const TableState& base) { return build(base); }, request_.now));
    report_.snapshot = after.snapshot_id();
    for (const auto& file : after.files) {
      report_.rows += file.rows;
      report_.bytes += file.bytes;
    }
    if (after.exists()) {
      const auto folder = property(after.snapshots.back().summary, kPublished, "");
      if (!folder.empty()) SIGNALS_TRY(copy_published(*lake_, kDatasetTable, folder));
    }
    report_.live_date = live_date(*lake_, kDatasetTable);
    return report_;
  }

 private:
  Result<Change> build(const TableState& base) {
    report_ = {.d = report_.d, .expected = report_.expected, .snapshot_before = base.snapshot_id()};
    SIGNALS_TRY(load_sources());
    const bool rebuild = !base.exists() || request_.rebuild;
    const Properties wanted = dataset_properties(request_, features_state_.properties);
    if (!rebuild && base.properties != wanted) {
      return tl::unexpected(dataset_difference(base.properties, wanted));
    }
    Change change;
    SIGNALS_ASSIGN(const auto through, published_through(base, rebuild, change));
    const auto dates = new_dates(through);
    if (dates.empty()) return Change{};
    SIGNALS_ASSIGN(universe_, read_publish_universe(lake_, request_.universes, dates.front()));
    SIGNALS_TRY(check_forms(dates));

    // The snapshot's number is known before it is made: a rival's commit makes this one be built
    // anew.
    const std::int64_t snapshot = base.last_sequence + 1;
    // Its own folder all the same: a rival, or a run that was killed, may have one of that number.
    const std::string folder =
        fmt::format("published/{}-{}", snapshot, random_name().substr(0, kChanceDigits));
    PublishedFolder files(lake_, fmt::format("{}/{}", kDatasetTable, folder));
    PendingFiles pending(dataset_);
    const bool live = dates.back() == report_.d && report_.d == report_.expected;
    SIGNALS_TRY(write_rows(dates, live, pending, files, change));
    if (report_.added == 0) return nothing_to_say(dates);
    SIGNALS_TRY(note_newest(live));
    SIGNALS_TRY(write_files(base, rebuild, snapshot, wanted, files));
    change.replace_all = change.new_schema = rebuild;
    // No file is replaced, but a rival's rows of the same dates must not stand beside these: naming
    // a partition of the table, that no year is, makes the commit look for them.
    change.replaced = {Partition{}};
    if (report_.no_live.empty()) change.tag = tag_of(base);
    change.schema = dataset_schema(plan_.names);
    change.properties = wanted;
    change.summary = {{"command", "publish"},
                      {kThrough, to_string(dates.back())},
                      {kPublished, folder},
                      {"d", to_string(report_.d)}};
    pending.release();
    files.keep();
    return change;
  }

  Result<void> load_sources() {
    SIGNALS_ASSIGN(features_state_, features_.load());
    if (!features_state_.exists()) {
      return fail(ErrorCode::no_table, fmt::format("{} has no {} yet (run `signals transform`)",
                                                   lake_->uri(""), features_.name()));
    }
    SIGNALS_ASSIGN(auto config, read_feature_config(features_state_.properties));
    SIGNALS_ASSIGN(plan_, make_dataset_plan(std::move(config), request_.levels, request_.forms));
    report_.columns = static_cast<std::int64_t>(plan_.names.size());
    const auto& summary = features_state_.snapshots.back().summary;
    SIGNALS_ASSIGN(const TableState prices, prices_.load());
    SIGNALS_ASSIGN(const TableState quality, quality_.load());
    // Their rows would be published without features, and stay so.
    if (const auto unmade = unmade_buckets(summary, kPricesKeys, prices); !unmade.empty()) {
      return fail(
          ErrorCode::too_stale,
          fmt::format("{} has nothing yet of the tickers in buckets {} (`signals transform` "
                      "makes what `--buckets` has left out)",
                      features_.name(), fmt::join(unmade, ", ")));
    }
    sources_.prices = made_of(summary, kPricesKeys, prices_, prices);
    sources_.quality = plan_.features.skip.empty()
                           ? TableState{}
                           : made_of(summary, kQualityKeys, quality_, quality);
    return {};
  }

  // The state that the features were made of; the present one when that is not kept any more.
  TableState made_of(const Properties& summary, const SourceKeys& keys, const Table& table,
                     const TableState& now) const {
    auto state = recorded_source(summary, keys, table, now);
    if (state) return std::move(*state);
    observer_.warn(
        fmt::format("the {} that {} was made of are not kept any more: going on with "
                    "those of snapshot {}",
                    table.name(), features_.name(), now.snapshot_id()));
    return now;
  }

  // The last date whose rows stay, as text; the files of the others are to be removed.
  Result<std::string> published_through(const TableState& base, bool rebuild,
                                        Change& change) const {
    std::string through =
        base.exists() ? property(base.snapshots.back().summary, kThrough, "") : std::string();
    if (rebuild) {
      if (through <= to_string(report_.d)) return std::string();
      return fail(ErrorCode::bad_date,
                  fmt::format("--rebuild up to {} would drop the rows up to {}: leave --date out",
                              to_string(report_.d), through));
    }
    const std::string d = to_string(report_.d);
    if (!request_.again || through < d) return through;
    const auto refused = [&](const std::string& why) {
      return fail(ErrorCode::bad_date,
                  fmt::format("{} {}: only --rebuild makes its rows anew", d, why));
    };
    if (through > d) return refused("is not the newest date of the data set, which is " + through);
    for (const auto& file : base.files) {
      if (file.last_date < report_.d) continue;
      if (file.first_date < report_.d) return refused("stands in a file with earlier dates");
      change.removed.insert(file.path);
    }
    return to_string(report_.d - days(1));
  }

  // The calendar's dates behind `through`, from the first with a bar (empty: all of them).
  [[nodiscard]] std::vector<Date> new_dates(const std::string& through) const {
    if (sources_.prices.files.empty()) return {};
    Date first = std::ranges::min(sources_.prices.files, {}, &DataFile::first_date).first_date;
    if (const auto last = parse_date(through)) first = std::max(first, *last + days(1));
    return calendar_dates(request_.calendar, request_.daily_since, first, report_.d);
  }

  [[nodiscard]] Result<void> check_forms(const std::vector<Date>& dates) const {
    if (request_.forms.empty() || request_.survivors) return {};
    std::vector<std::string> unknown;
    for (const Date date : dates) {
      if (!universe_.members.at(date).known) unknown.push_back(to_string(date));
    }
    if (unknown.empty()) return {};
    return fail(ErrorCode::no_membership,
                fmt::format("--forms: the members of {} of {} dates are not known: {}",
                            unknown.size(), dates.size(), listing_of(unknown)));
  }

  static std::string listing_of(const std::vector<std::string>& dates) {
    return dates.size() == 1 ? dates.front() : fmt::format("{} to {}", dates.front(), dates.back());
  }

  Result<void> write_rows(const std::vector<Date>& dates, bool live, PendingFiles& pending,
                          PublishedFolder& files, Change& change) {
    TickerSessions sessions;
    SIGNALS_TRY(
        sessions.read(prices_, quality_, sources_, plan_.features, dates.front() - 2 * kOldest));
    const BlockContext context{.prices = prices_,
                               .quality = quality_,
                               .states = sources_,
                               .plan = plan_,
                               .sessions = sessions,
                               .limits = {.sessions = request_.max_staleness},
                               .threads = request_.threads,
                               .check_stop = [&] { return check_stop(); }};
    SIGNALS_ASSIGN(const Freshness freshness,
                   Freshness::read(lake_, sources_, plan_.features, dates.back()));
    DatasetRows rows(dataset_, universe_, freshness, live, report_);
    return rows.write(dates, context, pending, files, change, observer_);
  }

  // Dates without a row are no reason for a snapshot; they are asked for again by the next run.
  Change nothing_to_say(const std::vector<Date>& dates) {
    observer_.warn(fmt::format("no name has a row of {} that is new enough",
                               listing_of({to_string(dates.front()), to_string(dates.back())})));
    report_.dates.clear();
    return {};
  }

  Result<void> note_newest(bool live) {
    const DateCoverage& newest = report_.dates.back();
    const double share = fresh_share(newest);
    report_.degraded = share < kDegradedBelow;
    if (live && share < request_.min_fresh) {
      return fail(
          ErrorCode::too_stale,
          fmt::format("{}: {} of {} names are known up to it, less than --min-fresh {}",
                      to_string(report_.d), newest.fresh, newest.mapped, request_.min_fresh));
    }
    report_.no_live.clear();
    if (report_.d != report_.expected) {
      report_.no_live = fmt::format("D is {}, that of the open round is {}", to_string(report_.d),
                                    to_string(report_.expected));
    } else if (!live) {
      report_.no_live = fmt::format("D, {}, is not in the calendar", to_string(report_.d));
    } else if (report_.live_names == 0) {
      report_.no_live = "no name is live";
    } else {
      report_.live_date = to_string(report_.d);
    }
    return {};
  }

  // Live files are kept, and so are the snapshots that have them.
  [[nodiscard]] std::string tag_of(const TableState& base) const {
    const std::string name = fmt::format("{}{}", kLiveTag, to_string(report_.d));
    for (int i = 1;; ++i) {
      std::string tag = i == 1 ? name : fmt::format("{}-{}", name, i);
      if (!base.tags.contains(tag)) return tag;
    }
  }

  Result<void> write_files(const TableState& base, bool rebuild, std::int64_t snapshot,
                           const Properties& configuration, PublishedFolder& files) {
    SIGNALS_TRY(write_mapping_file(*lake_, files.key(kMappingFile), universe_.symbols.rows()));
    SIGNALS_TRY(files.note(kMappingFile));
    std::string before;
    if (!rebuild) {
      const auto folder = property(base.snapshots.back().summary, kPublished, "");
      before =
          lake_->read(fmt::format("{}/{}/{}", kDatasetTable, folder, kCoverageFile)).value_or("");
    }
    SIGNALS_TRY(files.write(kCoverageFile, coverage_csv(before, report_)));
    const SourceTables sources = {{features_.name(), &features_state_},
                                  {kPricesTable, &sources_.prices},
                                  {kQualityTable, &sources_.quality},
                                  {kMappingTable, &universe_.mapping_state},
                                  {kUniverseTable, &universe_.universe_state}};
    return files.write(kManifestFile, manifest_json(request_, report_, snapshot, configuration,
                                                    sources, files.hashes()));
  }

  [[nodiscard]] Result<void> check_stop() const {
    if (request_.stop == nullptr || !request_.stop->load()) return {};
    return fail(ErrorCode::interrupted, "publish");
  }

  const std::shared_ptr<ObjectStore>& lake_;
  const PublishRequest& request_;
  Observer& observer_;
  const Table dataset_, prices_, quality_, features_;
  TableState features_state_;
  SourceStates sources_;
  DatasetPlan plan_;
  PublishUniverse universe_;
  PublishReport report_;
};

}  // namespace

Result<PublishReport> publish(const std::shared_ptr<ObjectStore>& lake,
                              const PublishRequest& request, Observer& observer) {
  return PublishRun(lake, request, observer).run();
}

}  // namespace signals
