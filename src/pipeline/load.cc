#include "pipeline/load.h"

#include <algorithm>
#include <set>

#include "lake/partition.h"
#include "pipeline/upsert.h"

namespace signals {
namespace {

// What a crash may cost: so many rows, or so much time of a paced run.
constexpr std::size_t kRowsInMemory = 1'000'000;
constexpr std::chrono::minutes kCommitEvery{10};

class LoadRun {
 public:
  LoadRun(const Table& prices, const LoadRequest& request, Clock& clock, Observer& observer)
      : prices_(prices), request_(request), clock_(clock), observer_(observer) {
    last_commit_ = clock_.elapsed();
  }

  Result<LoadReport> run(Source& source) {
    SIGNALS_ASSIGN(const TableState before, prices_.load());
    report_.snapshot_before = before.snapshot_id();
    report_.asked = static_cast<std::int64_t>(request_.tickers.size());
    std::vector<Query> queries;
    for (const auto& ticker : request_.tickers) queries.push_back({ticker, request_.window});
    // Bucket by bucket: a commit in the middle of a long run then rewrites few partitions.
    std::ranges::stable_sort(queries, {}, [](const Query& q) { return bucket_of(q.ticker); });

    report_.end = source.fetch(queries, [&](std::size_t index, Result<History> history) {
      take(queries[index], std::move(history));
      return commit_if_due();
    });
    if (commit_error_) return tl::unexpected(*commit_error_);
    SIGNALS_TRY(commit());
    report_.not_asked = report_.asked - done_;
    std::ranges::sort(report_.failed, {}, &LoadFailure::ticker);
    SIGNALS_ASSIGN(const TableState after, prices_.load());
    report_.snapshot = after.snapshot_id();
    return std::move(report_);
  }

 private:
  void take(const Query& query, Result<History> history) {
    ++done_;
    if (!history) {
      if (history.error().code == ErrorCode::no_rows) {
        ++report_.empty;
      } else {
        report_.failed.push_back({query.ticker, history.error()});
      }
    } else {
      Accepted accepted = accept(*history, query.window, request_.now);
      Fetched& fetched = accepted.fetched;
      report_.left_out += accepted.left_out;
      report_.foreign_dividends += accepted.foreign_dividends;
      ++(fetched.rows.empty() ? report_.empty : report_.loaded);
      fetched.ticker = history->symbol.empty() ? query.ticker : history->symbol;
      // Two spellings of one symbol are asked for twice and stored once.
      if (!fetched.rows.empty() && symbols_.insert(fetched.ticker).second) {
        rows_ += fetched.rows.size();
        all_rows_ += static_cast<std::int64_t>(fetched.rows.size());
        fetched_.push_back(std::move(fetched));
      }
    }
    observer_.progress(
        {done_, report_.asked, static_cast<std::int64_t>(report_.failed.size()), all_rows_});
  }

  bool commit_if_due() {
    if (rows_ < kRowsInMemory && clock_.elapsed() - last_commit_ < kCommitEvery) return true;
    if (const auto committed = commit(); !committed) {
      commit_error_ = committed.error();
      return false;
    }
    return true;
  }

  Result<void> commit() {
    last_commit_ = clock_.elapsed();
    if (fetched_.empty()) return {};
    SIGNALS_ASSIGN(const MergeCounts counts, upsert_prices(prices_, std::exchange(fetched_, {}),
                                                           request_.now, {{"command", "load"}}));
    report_.bars += counts;
    rows_ = 0;
    return {};
  }

  const Table& prices_;
  const LoadRequest& request_;
  Clock& clock_;
  Observer& observer_;
  LoadReport report_;
  std::vector<Fetched> fetched_;
  std::set<std::string> symbols_;
  std::size_t rows_ = 0;
  std::int64_t all_rows_ = 0;
  std::int64_t done_ = 0;
  std::chrono::milliseconds last_commit_{};
  std::optional<Error> commit_error_;
};

}  // namespace

Result<LoadReport> load(Source& source, const Table& prices, const LoadRequest& request,
                        Clock& clock, Observer& observer) {
  return LoadRun(prices, request, clock, observer).run(source);
}

}  // namespace signals
