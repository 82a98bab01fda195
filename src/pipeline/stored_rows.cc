#include "pipeline/stored_rows.h"

#include <algorithm>
#include <functional>
#include <set>

#include "lake/tables/prices.h"

namespace signals {
namespace {

bool overlap(const Window& window, const DataFile& file) {
  return window.from <= file.last_date && file.first_date < window.to;
}

std::vector<DataFile> by_date(const TableState& state) {
  std::vector<DataFile> files = state.files;
  std::ranges::sort(files, {}, &DataFile::first_date);
  return files;
}

// The rows of a file that are nearest to a window: in it, else before it, else after it.
std::vector<PriceRow> nearest(const std::vector<PriceRow>& rows, const Window& window) {
  const auto from = std::ranges::lower_bound(rows, window.from, {}, &PriceRow::date);
  const auto to = std::ranges::lower_bound(rows, window.to, {}, &PriceRow::date);
  const auto last = [](auto begin, auto end) {
    return std::vector<PriceRow>(end - std::min(kNearest, end - begin), end);
  };
  if (from != to) return last(from, to);
  if (from != rows.begin()) return last(rows.begin(), from);
  return {rows.begin(), rows.begin() + std::min(kNearest, std::ssize(rows))};
}

std::chrono::days distance(const Window& window, const DataFile& file) {
  if (overlap(window, file)) return std::chrono::days{0};
  return file.last_date < window.from ? window.from - file.last_date
                                      : file.first_date - window.to + std::chrono::days{1};
}

// The files of a bucket, nearest first; of those that are in the window the newest first.
std::vector<DataFile> nearest_first(const TableState& state, int bucket, const Window& window) {
  std::vector<DataFile> files;
  for (const auto& file : state.files) {
    if (file.partition.bucket == bucket) files.push_back(file);
  }
  std::ranges::stable_sort(files, std::greater{}, &DataFile::last_date);
  std::ranges::stable_sort(files, {}, [&](const auto& file) { return distance(window, file); });
  return files;
}

Result<void> read_nearest_of_bucket(const Table& prices, const std::vector<DataFile>& files,
                                    Windows left,
                                    std::map<std::string, std::vector<PriceRow>>& rows) {
  for (const auto& file : files) {
    if (left.empty()) break;
    SIGNALS_ASSIGN(const auto there, tickers_in(prices, file));
    if (std::ranges::none_of(left, [&](const auto& one) { return there.contains(one.first); })) {
      continue;
    }
    SIGNALS_ASSIGN(const auto tickers, read_prices(prices, file));
    for (const auto& bars : tickers) {
      const auto found = left.find(bars.ticker);
      if (found == left.end()) continue;
      auto some = nearest(bars.rows, found->second);
      if (some.front().date >= found->second.to) {
        rows.try_emplace(bars.ticker, std::move(some));  // another file may have some before it
      } else {
        rows[bars.ticker] = std::move(some);
        left.erase(found);
      }
    }
  }
  return {};
}

}  // namespace

Result<std::map<std::string, std::vector<PriceRow>>> read_nearest(const Table& prices,
                                                                  const TableState& state,
                                                                  const Windows& windows) {
  std::map<std::string, std::vector<PriceRow>> rows;
  std::map<int, Windows> buckets;
  for (const auto& [ticker, window] : windows) buckets[bucket_of(ticker)][ticker] = window;
  for (const auto& [bucket, some] : buckets) {
    Window all = some.begin()->second;
    for (const auto& [ticker, window] : some) {
      all = {std::min(all.from, window.from), std::max(all.to, window.to)};
    }
    SIGNALS_TRY(read_nearest_of_bucket(prices, nearest_first(state, bucket, all), some, rows));
  }
  return rows;
}

Result<void> widen_to_stored(const Table& prices, const TableState& state, Windows& windows) {
  for (const auto& file : state.files) {
    const bool reaches_out = std::ranges::any_of(windows, [&](const auto& one) {
      return bucket_of(one.first) == file.partition.bucket &&
             (file.first_date < one.second.from || file.last_date >= one.second.to);
    });
    if (!reaches_out) continue;
    SIGNALS_ASSIGN(const auto sessions, sessions_in(prices, file));
    for (auto& [ticker, window] : windows) {
      const auto found = sessions.find(ticker);
      if (found == sessions.end()) continue;
      window.from = std::min(window.from, found->second.first);
      window.to = std::max(window.to, found->second.last + std::chrono::days{1});
    }
  }
  return {};
}

Result<std::map<std::string, std::vector<PriceRow>>> read_rows(const Table& prices,
                                                               const TableState& state,
                                                               const Wanted& wanted) {
  std::map<std::string, std::vector<PriceRow>> rows;
  for (const auto& file : by_date(state)) {
    const bool needed = std::ranges::any_of(wanted, [&](const auto& one) {
      return bucket_of(one.first) == file.partition.bucket &&
             std::ranges::any_of(one.second, [&](const Window& w) { return overlap(w, file); });
    });
    if (!needed) continue;
    SIGNALS_ASSIGN(const auto tickers, read_prices(prices, file));
    for (const auto& bars : tickers) {
      const auto found = wanted.find(bars.ticker);
      if (found == wanted.end()) continue;
      for (const auto& row : bars.rows) {
        const bool in_one = std::ranges::any_of(
            found->second, [&](const Window& window) { return window.contains(row.date); });
        if (in_one) rows[bars.ticker].push_back(row);
      }
    }
  }
  return rows;
}

Result<Closes> read_closes(const Table& prices, const TableState& state,
                           const std::vector<std::string>& tickers) {
  Closes closes;
  std::map<int, std::set<std::string, std::less<>>> buckets;
  for (const auto& ticker : tickers) buckets[bucket_of(ticker)].insert(ticker);
  for (const auto& file : by_date(state)) {
    const auto found = buckets.find(file.partition.bucket);
    if (found != buckets.end()) {
      SIGNALS_TRY(append_closes(prices, file, found->second, closes));
    }
  }
  return closes;
}

}  // namespace signals
