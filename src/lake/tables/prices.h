// The `prices` table: one row per (ticker, session date); see docs/lake_format.md for its columns.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/bar.h"
#include "lake/files_under_way.h"
#include "lake/table.h"

namespace signals {

inline constexpr const char* kPricesTable = "prices";

const std::vector<ColumnSpec>& prices_schema();

// Writes a data file of `partition` from tickers in ascending order; every row is in its year.
Result<DataFile> write_prices(const Table& table, const Partition& partition,
                              std::span<const TickerBars> tickers);

// The same but for what waits for the disk: that is left to the function that comes back.
Result<MakeFile> encode_prices(const Table& table, const Partition& partition,
                               std::vector<TickerBars> tickers);

// The rows of a data file, tickers ascending.
Result<std::vector<TickerBars>> read_prices(const Table& table, const DataFile& file);

// The tickers of a data file.
Result<std::set<std::string, std::less<>>> tickers_in(const Table& table, const DataFile& file);

// The dates of one ticker in a data file, ascending, and its exchange on the last of them ("": not
// known).
using TakeDates = std::function<void(std::string_view ticker, std::string_view exchange,
                                     std::span<const Date> dates)>;

// Calls `take` for each ticker of a data file, in its order.
Result<void> each_tickers_dates(const Table& table, const DataFile& file, const TakeDates& take);

// Calls `take` for each bar of a data file, from `from` on, that no later run has confirmed yet.
using TakeBar = std::function<void(std::string_view ticker, Date date)>;
Result<void> each_unsettled(const Table& table, const DataFile& file, Date from,
                            const TakeBar& take);

// The first and the last session date of each ticker of a data file.
struct Sessions {
  Date first, last;
};
Result<std::map<std::string, Sessions, std::less<>>> sessions_in(const Table& table,
                                                                 const DataFile& file);

// What `status` shows: how many tickers, and the newest session of each exchange.
struct PricesSummary {
  struct Exchange {
    std::int64_t tickers = 0;
    std::int64_t rows = 0;
    Date newest{};
    std::map<std::string, Date, std::less<>> newest_by_ticker;
    std::map<Date, std::int64_t> lately;  // bars on each date of the 60 days before the newest

    // How many sessions of the exchange came after a ticker's newest bar; a session has bars of a
    // fifth of the names.
    [[nodiscard]] std::int64_t sessions_after(Date date) const;
  };
  std::int64_t tickers = 0;
  std::int64_t rows = 0;
  std::int64_t unsettled = 0;
  Date first{}, last{};
  std::map<std::string, Exchange> exchanges;  // "" is "no exchange known" (files)
};

Result<PricesSummary> summarize_prices(const Table& table, const TableState& state);

// The newest session date of every ticker of the table.
Result<std::map<std::string, Date>> newest_dates(const Table& table, const TableState& state);

// Appends the sessions and closes of some tickers of a data file, dates ascending.
struct DatedClose {
  Date date;
  double close;
};
using Closes = std::map<std::string, std::vector<DatedClose>>;
Result<void> append_closes(const Table& table, const DataFile& file,
                           const std::set<std::string, std::less<>>& tickers, Closes& closes);

// The last close of every ticker of a file takes the place of that in `closes`.
Result<void> note_last_closes(const Table& table, const DataFile& file,
                              std::map<std::string, double, std::less<>>& closes);

}  // namespace signals
