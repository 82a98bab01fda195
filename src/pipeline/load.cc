#include "pipeline/load.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <set>

#include "core/text.h"
#include "lake/tables/prices.h"
#include "lake/tables/runs.h"
#include "pipeline/load_group.h"
#include "pipeline/quality_pass.h"

namespace signals {
namespace {

// Buckets smaller than this are committed together: a snapshot for each would be a waste.
constexpr std::size_t kLeastTickers = 100;

class LoadRun {
 public:
  LoadRun(const std::shared_ptr<ObjectStore>& store, const LoadRequest& request, Observer& observer)
      : state_(store, request, observer),
        runs_(store, kRunsTable),
        quality_(store, kQualityTable) {}

  Result<LoadReport> run(Source& source) {
    LoadReport& report = state_.report;
    SIGNALS_ASSIGN(const TableState before, state_.tables.prices.load());
    report.snapshot_before = before.snapshot_id();
    state_.journal = source.remote();
    if (state_.journal) SIGNALS_TRY(read_journal(before));

    const auto tickers = spellings();
    for (const auto& group : groups(tickers)) {
      SIGNALS_ASSIGN(const bool go_on, LoadGroup(state_, source).run(group));
      if (!go_on) break;
    }
    SIGNALS_TRY(state_.commits.finish());
    report.bars = state_.commits.counts();
    report.asked =
        static_cast<std::int64_t>(tickers.size()) - report.done_before - report.quarantined;
    report.not_asked = static_cast<std::int64_t>(tickers.size()) - state_.done;
    report.outage = find_outage(state_.outcomes);
    if (!report.outage) SIGNALS_TRY(note_missing());
    std::ranges::sort(report.failed, {}, &LoadFailure::ticker);
    ::malloc_trim(0);  // the next pass may read files
    SIGNALS_TRY(update_quality(state_.tables.prices, *state_.tables.checks, quality_,
                               state_.foreign_dividends, state_.request.now));
    SIGNALS_ASSIGN(const TableState after, state_.tables.prices.load());
    report.snapshot = after.snapshot_id();
    return std::move(report);
  }

 private:
  Result<void> read_journal(const TableState& prices) {
    SIGNALS_ASSIGN(const TableState symbols, state_.tables.symbols.load());
    SIGNALS_ASSIGN(state_.known, read_symbols(state_.tables.symbols, symbols));
    doubt_the_future();
    state_.last_answers = LastAnswers(state_.known);
    if (symbols.exists() && !is_of(symbols, prices)) {
      for (auto& [ticker, row] : state_.known) row.asked_from = row.asked_to = Date{};
    }
    SIGNALS_ASSIGN(const TableState runs, runs_.load());
    SIGNALS_ASSIGN(const auto rows, read_runs(runs_, runs));
    for (const auto& run : rows) {
      const bool past = run.at <= state_.request.now + kClockError;
      if (past && run.command == "load" && run.complete()) state_.target.last_complete = run.at;
    }
    return {};
  }

  // A clock that was ahead for a while must not keep the load from asking until its time has come.
  void doubt_the_future() {
    const Date today = std::chrono::floor<std::chrono::days>(state_.request.now);
    std::int64_t doubted = 0;
    for (auto& [ticker, row] : state_.known) {
      if (!row.last_ok || *row.last_ok <= state_.request.now + kClockError) continue;
      ++doubted;
      row.last_ok = state_.request.now - kClockError;
      row.asked_to = std::max(row.asked_from, std::min(row.asked_to, today));
      if (row.failed_on) row.failed_on = std::min(*row.failed_on, today);
    }
    if (doubted == 0) return;
    state_.observer.warn(
        fmt::format("an earlier load says that it asked for {} tickers after {}, which is now: is "
                    "the clock right? They are asked for anew",
                    doubted, to_string(state_.request.now)));
  }

  // Whether `symbols` tells of these prices, not of some that stood in their place before.
  static bool is_of(const TableState& symbols, const TableState& prices) {
    const auto& summary = symbols.snapshots.back().summary;
    const auto uuid = summary.find(kPricesUuid);
    return uuid != summary.end() && uuid->second == prices.uuid;
  }

  // The tickers as the source writes them, where that is known; each once.
  [[nodiscard]] std::vector<std::string> spellings() const {
    std::map<std::string, std::string> written;
    for (const auto& [ticker, row] : state_.known) written[lower(ticker)] = ticker;
    std::vector<std::string> tickers;
    std::set<std::string> seen;
    for (const auto& ticker : state_.request.tickers) {
      const auto found = written.find(lower(ticker));
      const std::string& one = found == written.end() ? ticker : found->second;
      if (seen.insert(one).second) tickers.push_back(one);
    }
    return tickers;
  }

  // Bucket by bucket; those that have waited longest come first.
  [[nodiscard]] std::vector<std::vector<std::string>> groups(
      const std::vector<std::string>& tickers) const {
    struct Bucket {
      std::vector<std::string> tickers;
      Instant oldest = Instant::max();
    };
    std::vector<Bucket> buckets(kBuckets);
    for (const auto& ticker : tickers) {
      Bucket& bucket = buckets[static_cast<std::size_t>(bucket_of(ticker))];
      bucket.tickers.push_back(ticker);
      const SymbolRow* row = state_.find(ticker);
      const bool asked = row != nullptr && row->last_ok;
      if (asked && row->failures > 0) continue;  // its time stands still
      bucket.oldest = std::min(bucket.oldest, asked ? *row->last_ok : Instant{});
    }
    std::ranges::stable_sort(buckets, {}, &Bucket::oldest);
    std::vector<std::vector<std::string>> result;
    for (auto& bucket : buckets) {
      if (bucket.tickers.empty()) continue;
      if (result.empty() || result.back().size() >= kLeastTickers) result.emplace_back();
      std::ranges::move(bucket.tickers, std::back_inserter(result.back()));
    }
    return result;
  }

  Result<void> note_missing() {
    std::vector<SymbolRow> rows;
    for (const auto& ticker : state_.missing) {
      // A name that never had an answer is no ticker yet: a slip of the pen is not remembered.
      const SymbolRow* known = state_.find(ticker);
      if (known != nullptr) rows.push_back(after_missing(known, ticker, state_.request.now));
    }
    return state_.tables.write_symbols(rows, state_.request.now);
  }

  LoadState state_;
  Table runs_, quality_;
};

}  // namespace

Result<LoadReport> load(Source& source, const std::shared_ptr<ObjectStore>& store,
                        const LoadRequest& request, Observer& observer) {
  return LoadRun(store, request, observer).run(source);
}

}  // namespace signals
