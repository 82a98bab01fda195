// One group of a load: the tickers of a bucket, or of a few small ones, from their questions to
// their commits.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lake/tables/quality.h"
#include "lake/tables/symbols.h"
#include "pipeline/commits.h"
#include "pipeline/load.h"
#include "pipeline/overlap.h"

namespace signals {

// What the groups of one run share.
struct LoadState {
  LoadState(const std::shared_ptr<ObjectStore>& store, const LoadRequest& asked, Observer& watcher)
      : tables(store),
        commits(tables, asked.now),
        request(asked),
        target{asked.window, asked.exact, asked.now, {}},
        observer(watcher) {}

  [[nodiscard]] const SymbolRow* find(const std::string& ticker) const {
    const auto found = known.find(ticker);
    return found == known.end() ? nullptr : &found->second;
  }

  [[nodiscard]] bool stopped() const { return request.stop && request.stop(); }

  LoadTables tables;
  Commits commits;
  const LoadRequest& request;
  Target target;
  Observer& observer;
  bool journal = true;           // the source can be asked again for a part
  Symbols known;                 // before the run
  LastAnswers last_answers{{}};  // of them
  std::set<std::string> taken;
  std::vector<QualityRow> foreign_dividends;
  std::vector<std::string> missing;  // unknown to the source; judged when the run ends
  std::vector<Outcome> outcomes;
  std::int64_t done = 0, rows = 0;  // tickers, bars
  LoadReport report;
};

class LoadGroup {
 public:
  LoadGroup(LoadState& state, Source& source) : state_(state), source_(source) {}

  // Asks for the tickers and begins their commit. False when the run must end.
  Result<bool> run(const std::vector<std::string>& tickers);

 private:
  // A ticker that is asked for.
  struct Job {
    std::string ticker;
    Ask ask;
    Window whole{};                  // all that was ever asked for or is stored, and what is wanted
    std::vector<PriceRow> stored{};  // rows that the answer is compared with
    std::optional<Date> last_bar{};  // the newest stored session
    // What of the answer is stored, when more is asked for only to compare it.
    std::optional<Window> only{};
    std::string reason{};  // of asking for all of it a second time
  };
  // A whole history where there may be one already.
  struct Whole {
    Fetched fetched;
    SymbolRow row;
    std::string reason;
    bool reused = false;
  };

  Result<std::vector<Job>> plan(const std::vector<std::string>& tickers);
  Result<void> anchor(std::vector<Job>& jobs, const TableState& prices) const;
  bool fetch(std::vector<Job> jobs);
  void take(Job job, Result<History> history);
  void take_answer(Job job, const History& history);
  void fail(const Job& job, Error error);
  void count(const Fetched& fetched);
  void ask_again(Job job, std::string reason);
  void keep(Fetched fetched, SymbolRow row, bool answered);

  Result<void> commit();
  Result<void> settle_wholes();
  Result<void> settle(Whole whole, const std::vector<DatedClose>& stored, Label currency);
  // What an old company of this ticker can be called: TICKER~1, TICKER~2…
  [[nodiscard]] Result<std::string> free_name(const std::string& ticker) const;
  Result<void> move_old_company(const std::string& ticker, Date first);
  [[nodiscard]] const SymbolRow* known(const std::string& ticker) const {
    return state_.find(ticker);
  }

  LoadState& state_;
  Source& source_;
  std::vector<Job> again_;
  std::vector<Whole> wholes_;
  Batch batch_;
  std::int64_t bars_ = 0;  // in it
};

}  // namespace signals
