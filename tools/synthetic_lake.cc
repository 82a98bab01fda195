// Writes `prices` of a made-up market straight into a lake, for measurements: random walks on
// weekdays. Run again with more rows, it only writes the years that got longer, as a load would.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <random>

#include "lake/tables/prices.h"

namespace {

using namespace signals;

const Date kFirst = std::chrono::year(2003) / 1 / 1;

std::vector<Date> weekdays(int rows) {
  std::vector<Date> dates;
  for (Date day = kFirst; static_cast<int>(dates.size()) < rows; day += std::chrono::days(1)) {
    const std::chrono::weekday weekday(day);
    if (weekday != std::chrono::Saturday && weekday != std::chrono::Sunday) dates.push_back(day);
  }
  return dates;
}

TickerBars history(int number, const std::vector<Date>& dates) {
  TickerBars bars{fmt::format("T{:05}", number), {}};
  std::mt19937_64 random(static_cast<std::uint64_t>(number));
  std::normal_distribution<double> normal;
  double close = 10 * std::exp(normal(random));
  for (const Date date : dates) {
    PriceRow row{.date = date, .settled = true, .fetched_at = start_of(dates.front())};
    row.open = close * std::exp(0.005 * normal(random));
    row.close = close * std::exp(0.02 * normal(random));
    row.high = std::max(row.open, row.close) * std::exp(0.005 * std::abs(normal(random)));
    row.low = std::min(row.open, row.close) * std::exp(-0.005 * std::abs(normal(random)));
    for (double* price : {&row.open, &row.high, &row.low, &row.close}) {
      *price = std::round(*price * 10'000) / 10'000;  // as a source has them
    }
    close = row.close = std::max(row.close, 0.01);
    row.low = std::max(row.low, 0.01);
    row.volume = static_cast<std::int64_t>(std::exp(12 + normal(random)));
    row.currency = Label("USD");
    row.exchange = Label("NYQ");
    bars.rows.push_back(row);
  }
  return bars;
}

Result<void> write_bucket(const Table& table, const TableState& base, int bucket, int tickers,
                          const std::vector<Date>& dates, Change& change) {
  std::map<int, std::vector<TickerBars>> years;
  for (int number = 0; number < tickers; ++number) {
    if (bucket_of(fmt::format("T{:05}", number)) != bucket) continue;
    const TickerBars whole = history(number, dates);
    for (const auto& row : whole.rows) {
      auto& year = years[year_of(row.date)];
      if (year.empty() || year.back().ticker != whole.ticker) year.push_back({whole.ticker, {}});
      year.back().rows.push_back(row);
    }
  }
  for (const auto& [year, some] : years) {
    const Partition partition{year, bucket};
    std::int64_t rows = 0;
    for (const auto& one : some) rows += static_cast<std::int64_t>(one.rows.size());
    const auto stored = std::ranges::find(base.files, partition, &DataFile::partition);
    if (stored != base.files.end() && stored->rows == rows) continue;
    SIGNALS_ASSIGN(DataFile file, write_prices(table, partition, some));
    change.replaced.insert(partition);
    change.added.push_back(std::move(file));
  }
  return {};
}

Result<void> run(const std::string& lake, int tickers, int rows) {
  SIGNALS_ASSIGN(const auto store, open_store(lake));
  const Table table(store, kPricesTable);
  const auto dates = weekdays(rows);
  const auto build = [&](const TableState& base) -> Result<Change> {
    Change change;
    change.schema = prices_schema();
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
      SIGNALS_TRY(write_bucket(table, base, bucket, tickers, dates, change));
    }
    return change;
  };
  SIGNALS_TRY(table.commit(build, start_of(dates.back())));
  return {};
}

int number(const char* text) {
  int value = 0;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 || number(argv[2]) < 1 || number(argv[3]) < 1) {
    std::fputs("usage: synthetic_lake LAKE TICKERS ROWS\n", stderr);
    return 2;
  }
  if (const auto done = run(argv[1], number(argv[2]), number(argv[3])); !done) {
    fmt::print(stderr, "error: {}\n", done.error().line());
    return 1;
  }
  return 0;
}
