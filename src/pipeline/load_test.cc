// load over a source of its own making: what is asked for, kept and held.
#include "pipeline/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/tables/prices.h"
#include "lake/tables/restatements.h"
#include "lake/tables/symbols.h"
#include "pipeline/stored_rows.h"

namespace signals {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::HasSubstr;
using testing::SizeIs;

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();
Date day(std::string_view text) { return parse_date(text).value(); }

// Walks of weekdays from 2022-01-03, each multiplied by its ticker's factor.
class FakeSource final : public Source {
 public:
  Instant now = kNow;
  std::map<std::string, double> factors;
  std::map<std::string, std::vector<SourceSplit>> splits;
  std::string exchange = "NMS";
  bool gone = false;                                    // every name is unknown
  Window suspended{};                                   // no bars of these days
  std::pair<Date, double> late_factor{Date::max(), 1};  // of the bars from that date on
  std::vector<Query> asked;

  [[nodiscard]] Result<std::vector<std::string>> tickers() const override {
    return std::vector<std::string>{};
  }
  FetchEnd fetch(std::span<const Query> queries, const Sink& sink) override {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      asked.push_back(queries[i]);
      if (!sink(i, history(queries[i]))) return FetchEnd::stopped;
    }
    return FetchEnd::complete;
  }

 private:
  Result<History> history(const Query& query) {
    const auto factor = factors.find(query.ticker);
    if (gone || factor == factors.end()) return fail(ErrorCode::unknown_ticker, query.ticker);
    History history;
    history.symbol = query.ticker;
    history.currency = Label{"USD"};
    history.exchange = Label{exchange};
    history.splits = splits[query.ticker];
    history.first_trade_date = day("2022-01-03");
    for (Date date = day("2022-01-03"); start_of(date) + hours(21) < now; date += days(1)) {
      if (std::chrono::weekday{date}.iso_encoding() > 5 || !query.window.contains(date)) continue;
      if (suspended.contains(date)) continue;
      const double late = date >= late_factor.first ? late_factor.second : 1;
      const double close =
          late * factor->second * (50 + static_cast<double>(date.time_since_epoch().count() % 9));
      history.bars.push_back({.date = date,
                              .open = close,
                              .high = close,
                              .low = close,
                              .close = close,
                              .volume = 5,
                              .session_end = start_of(date) + hours(21)});
    }
    return history;
  }
};

class Quiet final : public Observer {
 public:
  void progress(const Progress& /*progress*/) override {}
  void info(const std::string& /*message*/) override {}
  void warn(const std::string& message) override { warnings.push_back(message); }
  std::vector<std::string> warnings;
};

class LoadTest : public testing::Test {
 protected:
  std::shared_ptr<ObjectStore> store_ =
      make_memory_store(testing::UnitTest::GetInstance()->current_test_info()->name());
  FakeSource source_;
  Quiet observer_;

  LoadReport run(Instant now, std::function<bool()> stop = {}) {
    return load_window({day("2003-01-01"), std::chrono::floor<days>(now) + days(2)}, false, now,
                       std::move(stop));
  }

  // As with --start and --end.
  LoadReport run_window(const char* from, const char* to, Instant now) {
    return load_window({day(from), day(to)}, true, now);
  }

  LoadReport load_window(Window window, bool exact, Instant now, std::function<bool()> stop = {}) {
    source_.now = now;
    source_.asked.clear();
    LoadRequest request;
    for (const auto& [ticker, factor] : source_.factors) request.tickers.push_back(ticker);
    request.window = window;
    request.exact = exact;
    request.now = now;
    request.stop = std::move(stop);
    return load(source_, store_, request, observer_).value();
  }

  std::map<std::string, std::vector<double>> closes() {
    const Table prices(store_, kPricesTable);
    std::map<std::string, std::vector<double>> result;
    const TableState state = prices.load().value();
    for (const auto& file : state.files) {
      const auto tickers = read_prices(prices, file).value();
      for (const auto& bars : tickers) {
        for (const auto& row : bars.rows) result[bars.ticker].push_back(row.close);
      }
    }
    return result;
  }

  std::map<Date, double> dated_closes(const std::string& ticker) {
    const Table prices(store_, kPricesTable);
    const TableState state = prices.load().value();
    const auto closes = read_closes(prices, state, {ticker}).value();
    std::map<Date, double> result;
    for (const auto& one : closes.at(ticker)) result[one.date] = one.close;
    return result;
  }

  SymbolRow symbol(const std::string& ticker) {
    const Table table(store_, kSymbolsTable);
    return read_symbols(table, table.load().value()).value().at(ticker);
  }
};

TEST_F(LoadTest, AStoppedRunIsTakenUpWhereItWas) {
  for (int i = 0; i < 30; ++i) source_.factors[std::string(1, static_cast<char>('A' + i))] = 1;
  int answers = 0;
  const auto first = run(kNow, [&] { return ++answers > 10; });
  EXPECT_EQ(first.end, FetchEnd::stopped);
  EXPECT_EQ(first.loaded, 10);
  EXPECT_EQ(first.not_asked, 20);
  const auto second = run(kNow + hours(1));
  EXPECT_EQ(second.done_before, 10);
  EXPECT_THAT(source_.asked, SizeIs(20));
  EXPECT_THAT(closes(), SizeIs(30));
  // Much later the answers are old, and all are asked again.
  run(kNow + hours(24));
  EXPECT_GE(source_.asked.size(), 30U);
}

TEST_F(LoadTest, ASplitReplacesTheWholeHistory) {
  source_.factors["A"] = 1;
  run(kNow);
  const auto before = closes().at("A");
  source_.factors["A"] = 0.25;
  source_.splits["A"] = {{day("2022-10-24"), 4}};
  const auto report = run(kNow + days(3));
  EXPECT_EQ(report.reloaded.at("A"), "split");
  EXPECT_THAT(source_.asked, SizeIs(2));
  const auto after = closes().at("A");
  ASSERT_EQ(after.size(), before.size() + 1);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i], before[i] / 4);
  const Table table(store_, kRestatementsTable);
  const auto rows = read_restatements(table, table.load().value()).value();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].reason, "split");
  EXPECT_EQ(rows[0].from_date, day("2022-01-03"));
  EXPECT_DOUBLE_EQ(rows[0].factor, 0.25);
  EXPECT_TRUE(run(kNow + days(4)).reloaded.empty());
}

TEST_F(LoadTest, ASplitDuringALongSuspensionReplacesTheHistory) {
  source_.factors["A"] = 1;
  run(kNow);
  const double first = closes().at("A").front();
  // Nothing trades for months, and is asked for now and then.
  source_.suspended = {day("2022-10-22"), day("2023-03-06")};
  for (const int later : {30, 60, 90, 120}) run(kNow + days(later));
  source_.factors["A"] = 10;
  source_.splits["A"] = {{day("2023-03-06"), 0.1}};
  const auto report = run(kNow + days(137));  // 2023-03-07
  EXPECT_EQ(report.reloaded.at("A"), "split");
  EXPECT_EQ(closes().at("A").front(), 10 * first);
  EXPECT_TRUE(run(kNow + days(138)).reloaded.empty());
}

TEST_F(LoadTest, ASplitAfterALongSuspensionReplacesTheHistory) {
  source_.factors["A"] = 1;
  run(kNow);
  const double first = closes().at("A").front();
  source_.suspended = {day("2022-10-22"), day("2023-02-20")};
  for (const int later : {30, 60, 90, 120}) run(kNow + days(later));
  // It trades again for two weeks and splits, all between two runs.
  source_.factors["A"] = 10;
  source_.splits["A"] = {{day("2023-03-06"), 0.1}};
  const auto report = run(kNow + days(137));  // 2023-03-07
  EXPECT_EQ(report.reloaded.at("A"), "split");
  EXPECT_EQ(closes().at("A").front(), 10 * first);
  EXPECT_TRUE(run(kNow + days(138)).reloaded.empty());
}

TEST_F(LoadTest, AHistoryThatIsRescaledDaysAfterTheSplitIsReplaced) {
  source_.factors["A"] = 1;
  run(kNow);
  const double first = closes().at("A").front();
  source_.suspended = {day("2022-10-22"), day("2023-03-06")};
  for (const int later : {30, 60, 90, 120}) run(kNow + days(later));
  // The first bars come on the new scale, with the split; what was before follows later.
  source_.splits["A"] = {{day("2023-03-06"), 0.1}};
  source_.late_factor = {day("2023-03-06"), 10};
  run(kNow + days(137));
  EXPECT_EQ(closes().at("A").front(), first);
  source_.late_factor = {Date::min(), 10};
  EXPECT_EQ(run(kNow + days(139)).reloaded.at("A"), "rescaled");
  EXPECT_EQ(closes().at("A").front(), 10 * first);
}

TEST_F(LoadTest, WindowsApartStandOnOneScale) {
  source_.factors["A"] = 1;
  run_window("2022-09-01", "2022-10-01", kNow);
  run_window("2022-01-03", "2022-02-01", kNow);
  const auto before = closes().at("A");
  // Without a split just the window is stored, whatever was asked to compare.
  run_window("2022-05-02", "2022-06-01", kNow + days(1));
  EXPECT_EQ(closes().at("A").size(), before.size() + 22);
  source_.factors["A"] = 0.25;
  source_.splits["A"] = {{day("2022-10-24"), 4}};
  // Neither window touches a stored one; the first lies before, the second behind one.
  for (const auto& [from, to, later] :
       {std::tuple("2022-07-01", "2022-07-08", 3), {"2022-03-07", "2022-03-14", 4}}) {
    run_window(from, to, kNow + days(later));
    for (const auto& [date, close] : dated_closes("A")) {
      const auto number = static_cast<double>(date.time_since_epoch().count() % 9);
      EXPECT_EQ(close, source_.factors["A"] * (50 + number)) << to_string(date);
    }
    source_.factors["A"] = 0.125;
    source_.splits["A"].push_back({day("2022-10-25"), 2});
  }
}

TEST_F(LoadTest, AReloadCoversRowsThatNoWindowOfSymbolsTellsOf) {
  source_.factors["A"] = 1;
  run_window("2022-01-03", "2022-02-01", kNow);
  run_window("2022-09-01", "2022-11-01", kNow);  // `symbols` tells of this one
  source_.factors["A"] = 0.25;
  source_.splits["A"] = {{day("2022-10-24"), 4}};
  const Instant later = kNow + days(3);
  const Window window{day("2022-08-01"), std::chrono::floor<days>(later) + days(2)};
  EXPECT_EQ(load_window(window, false, later).reloaded.at("A"), "split");  // --since
  const auto after = closes().at("A");
  EXPECT_EQ(after.front(),
            0.25 * (50 + static_cast<double>(day("2022-01-03").time_since_epoch().count() % 9)));
}

TEST_F(LoadTest, AListingThatMovesKeepsItsHistory) {
  source_.factors["A"] = 1;
  run(kNow);
  const auto before = closes().at("A");
  source_.exchange = "NGM";
  const auto report = run(kNow + days(3));
  EXPECT_EQ(report.moved.at("A"), "NMS -> NGM");
  EXPECT_THAT(report.alarms, testing::IsEmpty());
  EXPECT_THAT(report.reloaded, testing::IsEmpty());
  EXPECT_THAT(source_.asked, SizeIs(1));
  EXPECT_EQ(report.bars.changed, 0);
  EXPECT_EQ(report.bars.added, 1);
  EXPECT_EQ(symbol("A").exchange, "NGM");
  EXPECT_FALSE(Table(store_, kRestatementsTable).load().value().exists());
  // Each bar stays where it was traded; the whole history read again changes nothing.
  const Table prices(store_, kPricesTable);
  const auto summary = summarize_prices(prices, prices.load().value()).value();
  EXPECT_EQ(summary.exchanges.at("NMS").rows, std::ssize(before));
  EXPECT_EQ(summary.exchanges.at("NGM").rows, 1);
  EXPECT_EQ(summary.exchanges.at("NMS").tickers, 0);
  EXPECT_EQ(summary.exchanges.at("NGM").tickers, 1);
  EXPECT_EQ(run_window("2003-01-01", "2022-10-26", kNow + days(3)).bars.changed, 0);
  EXPECT_TRUE(run(kNow + days(4)).moved.empty());
}

TEST_F(LoadTest, AnOutageAfterAPauseOfWeeksMarksNobody) {
  for (int i = 0; i < 30; ++i) source_.factors[std::string(1, static_cast<char>('A' + i))] = 1;
  run(kNow);
  source_.gone = true;
  for (const int later : {21, 22, 40}) {
    const auto report = run(kNow + days(later));
    ASSERT_TRUE(report.outage) << later;
    EXPECT_EQ(report.outage->failed, 30);
    EXPECT_EQ(symbol("A").status, kWorking);
    EXPECT_EQ(symbol("A").failures, 0);
  }
}

TEST_F(LoadTest, AClockThatWasAheadIsGotOver) {
  source_.factors["A"] = 1;
  const Instant ahead = kNow + days(3000);
  run(kNow);
  const auto before = closes().at("A").size();
  source_.suspended = {day("2022-10-22"), Date::max()};
  run(ahead);
  source_.suspended = {};
  EXPECT_EQ(run(kNow + days(3)).asked, 1);
  EXPECT_EQ(closes().at("A").size(), before + 1);
  EXPECT_THAT(observer_.warnings, testing::ElementsAre(HasSubstr("is the clock right?")));
  EXPECT_EQ(symbol("A").asked_to, day("2022-10-24"));
  EXPECT_EQ(symbol("A").last_ok, kNow + days(3));
  // A split replaces also what was first seen "later".
  source_.factors["A"] = 0.25;
  source_.splits["A"] = {{day("2022-10-25"), 4}};
  EXPECT_EQ(run(kNow + days(4)).reloaded.at("A"), "split");
  EXPECT_THAT(observer_.warnings, SizeIs(1));
  for (const auto& [date, close] : dated_closes("A")) {
    const auto number = static_cast<double>(date.time_since_epoch().count() % 9);
    EXPECT_EQ(close, 0.25 * (50 + number)) << to_string(date);
  }
}

TEST_F(LoadTest, ADamagedHistoryIsNotTaken) {
  source_.factors["A"] = 1;
  source_.factors["B"] = 1;
  run(kNow);
  const auto before = closes();
  // Prices on another scale, and less of them than there were.
  class Cut final : public Source {
   public:
    explicit Cut(FakeSource& source) : source_(source) {}
    [[nodiscard]] Result<std::vector<std::string>> tickers() const override {
      return source_.tickers();
    }
    FetchEnd fetch(std::span<const Query> queries, const Sink& sink) override {
      return source_.fetch(queries, [&](std::size_t i, Result<History> history) {
        if (history && queries[i].ticker == "A") {
          std::erase_if(history->bars, [](const SourceBar& bar) {
            return bar.date < Date{std::chrono::year{2022} / 3 / 1};
          });
        }
        return sink(i, std::move(history));
      });
    }

   private:
    FakeSource& source_;
  };
  source_.factors["A"] = 2;
  source_.now = kNow + days(3);
  Cut cut(source_);
  const LoadRequest request{
      {"A", "B"}, {day("2003-01-01"), day("2022-10-26")}, kNow + days(3), false, {}};
  const auto report = load(cut, store_, request, observer_).value();
  EXPECT_THAT(report.held.at("A"), HasSubstr("bars,"));
  EXPECT_EQ(closes().at("A"), before.at("A"));
  EXPECT_EQ(closes().at("B").size(), before.at("B").size() + 1);
  EXPECT_EQ(symbol("A").status, kHeld);
  EXPECT_EQ(symbol("A").asked_to, day("2022-10-21"));
  // Restored, it is taken.
  EXPECT_TRUE(run(kNow + days(4)).held.empty());
  EXPECT_EQ(symbol("A").status, kWorking);
  EXPECT_EQ(closes().at("A").front(), 2 * before.at("A").front());
}

TEST_F(LoadTest, TheLongestWaitingBucketComesFirst) {
  for (int i = 0; i < 600; ++i) source_.factors[std::to_string(i)] = 1;
  int answers = 0;
  run(kNow, [&] { return ++answers > 200; });
  const std::string first = source_.asked.front().ticker;
  run(kNow + hours(24), [n = 0]() mutable { return ++n > 100; });
  EXPECT_NE(source_.asked.front().ticker, first);
  const auto never_asked = std::ranges::count_if(source_.asked, [](const Query& query) {
    return query.window.from == Date{std::chrono::year{2003} / 1 / 1};
  });
  EXPECT_GE(never_asked, 50);  // the rest are neighbours in a bucket that was cut off
}

}  // namespace
}  // namespace signals
