// Market: a deterministic world of listed companies. The same seed, ticker and present give the
// same bars; a later present only adds to them, fills gaps, or divides them by a split.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "yahoo_sim/calendar.h"

namespace yahoo_sim {

struct Event {
  Date date;
  double value;  // cash, or new shares for one old
};

struct Company {
  std::string ticker;
  std::string name;
  const Exchange* exchange = nullptr;
  Date listed{};
  std::optional<Date> delisted;  // unknown to the server from then on
  std::string_view instrument = "EQUITY";
  std::vector<Event> more_splits{};
};

// A name of the simulated Numerai universe, and the symbol that it should get.
struct UniverseRow {
  std::string numerai_ticker, composite_figi;
  Date date;
  std::string truth;  // empty: none
};

// One bar as served at the market's present: split-adjusted, prices float32.
struct Bar {
  Date date;
  Seconds stamp;
  double open = 0, high = 0, low = 0, close = 0;
  std::int64_t volume = 0;
  bool null = false;  // served as five nulls
  bool live = false;  // its session is not over
};

struct Series {
  std::vector<Bar> bars;  // ascending; a live bar is last
  std::vector<Event> dividends, splits;
  Seconds traded{};                         // meta.regularMarketTime
  Seconds session_open{}, session_close{};  // meta.currentTradingPeriod.regular
};

class Market {
 public:
  // `tickers` companies dealt over the exchanges in turn.
  Market(std::uint64_t seed, std::size_t tickers, Instant now);

  [[nodiscard]] const std::vector<Company>& companies() const { return companies_; }
  // What happens to a company on top of what chance brings; false for an unknown ticker.
  bool delist(const std::string& ticker, Date date, double unused);
  bool reuse(const std::string& ticker, Date date, double unused);  // by another company
  bool split(const std::string& ticker, Date date, double ratio);

  // The company that has the ticker at present; nullptr for an unknown one. The case does not
  // matter.
  [[nodiscard]] const Company* find(const std::string& ticker) const;
  [[nodiscard]] bool gone(const Company& company) const;
  // Whole history up to the present.
  [[nodiscard]] Series series(const Company& company) const;
  [[nodiscard]] Instant now() const { return now_; }
  // All companies as Numerai would name them on the last finished weekday, and traps: renamed,
  // reused, and claimed by two names. In order of date and name.
  [[nodiscard]] std::vector<UniverseRow> universe() const;

 private:
  Company* current(const std::string& ticker);

  std::uint64_t seed_;
  Instant now_;
  std::vector<Company> companies_;
  std::vector<Company> others_;  // no part of the market, but the server knows them
};

}  // namespace yahoo_sim
