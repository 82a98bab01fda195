#include "pipeline/block_filler.h"

#include <algorithm>
#include <cmath>

#include "core/bar.h"
#include "lake/tables/prices.h"
#include "ta/scale_free.h"

namespace signals {
namespace {

// Tickers whose features are in memory at once, for each thread.
constexpr std::size_t kGroupTickers = 16;

// Scale-free forms look back so many rows.
constexpr std::size_t kFormRows = 21;

float narrow(double value) {
  const auto small = static_cast<float>(value);
  return std::isfinite(small) ? small : kUnknownFloat;
}

ta::Inputs part(const BarSeries& bars, std::size_t begin, std::size_t end) {
  const auto cut = [&](const std::vector<double>& column) {
    return std::span(column).subspan(begin, end - begin);
  };
  return {cut(bars.open), cut(bars.high), cut(bars.low), cut(bars.close), cut(bars.volume)};
}

}  // namespace

BlockFiller::BlockFiller(DatasetBlock& block)
    : block_(block),
      context_(block.context_),
      plan_(context_.plan),
      features_(plan_.outputs),
      group_(kGroupTickers) {}

Result<void> BlockFiller::run(int bucket) {
  SIGNALS_ASSIGN(const auto source,
                 bucket_source(context_.quality, context_.states, bucket, plan_.features));
  std::vector<DataFile> files;
  const int last_year = year_of(block_.keys_.back().date);
  for (const auto& [year, some] : source.files) {
    // Means of the other modes see the end of the history.
    if (plan_.features.mode == ta::Mode::causal && year > last_year) break;
    files.insert(files.end(), some.begin(), some.end());
  }
  SIGNALS_ASSIGN(auto reader, BarReader::open(context_.prices, files, plan_.features.total_return));
  std::size_t used = 0;
  while (true) {
    BarSeries& series = group_[used];
    SIGNALS_ASSIGN(const bool more, reader.next(series));
    if (!more) break;
    if (!block_.wanted_.contains(series.ticker)) continue;
    prepare(series, source.skipped, plan_.features);
    if (series.dates.empty()) continue;
    if (++used == group_.size()) {
      SIGNALS_TRY(fill_group({group_.data(), used}));
      used = 0;
    }
  }
  return used > 0 ? fill_group({group_.data(), used}) : Result<void>{};
}

Result<void> BlockFiller::fill_group(std::span<const BarSeries> group) {
  SIGNALS_TRY(context_.check_stop());
  std::vector<TickerInput> inputs;
  for (const auto& one : group) inputs.push_back({one.dates, part(one, 0, one.dates.size())});
  features_.compute(inputs);
  for (std::size_t t = 0; t < group.size(); ++t) fill_ticker(group[t], features_.columns(t));
  return {};
}

void BlockFiller::fill_ticker(const BarSeries& bars, std::span<const double* const> columns) {
  find_rows(bars, columns);
  if (picks_.empty()) return;
  const auto [first, last] = std::ranges::minmax(picks_, {}, &Pick::bar);
  const std::size_t back = plan_.features.lags.empty()
                               ? kFormRows
                               : kFormRows + static_cast<std::size_t>(plan_.features.lags.back());
  const std::size_t begin = first.bar > back ? first.bar - back : 0;
  const std::size_t end = last.bar + 1;
  std::size_t formed = columns.size();  // the output that stands in form_
  for (std::size_t c = 0; c < plan_.carried.size(); ++c) {
    const CarriedColumn& carried = plan_.carried[c];
    const double* values = columns[carried.output];
    std::size_t offset = 0;
    if (carried.scale_free) {
      if (formed != carried.output) {
        form_.resize(end - begin);
        ta::scale_free(plan_.units[carried.output], part(bars, begin, end),
                       {values + begin, end - begin}, form_);
        formed = carried.output;
      }
      values = form_.data();
      offset = begin;
    }
    float* const to = block_.values_.data() + c * block_.rows();
    const auto lag = static_cast<std::size_t>(carried.lag);
    for (const auto& pick : picks_) {
      if (pick.bar >= lag) to[pick.row] = narrow(values[pick.bar - lag - offset]);
    }
  }
}

void BlockFiller::find_rows(const BarSeries& bars, std::span<const double* const> columns) {
  find_kept(bars, columns);
  picks_.clear();
  const auto sessions = context_.sessions.of(bars.ticker);
  for (const std::uint32_t row : block_.wanted_.at(bars.ticker)) {
    DatasetKey& key = block_.keys_[row];
    const auto found = as_of(kept_dates_, sessions, key.date, context_.limits);
    if (!found) continue;
    key.session_date = kept_dates_[found->row];
    key.staleness = found->staleness;
    picks_.push_back({row, kept_[found->row]});
  }
}

void BlockFiller::find_kept(const BarSeries& bars, std::span<const double* const> columns) {
  kept_.clear();
  kept_dates_.clear();
  const auto& config = plan_.features;
  const auto most = config.lags.empty() ? 0 : static_cast<std::size_t>(config.lags.back());
  for (std::size_t i = config.na == NaPolicy::keep ? 0 : most; i < bars.dates.size(); ++i) {
    if (config.na == NaPolicy::drop_any && !is_complete(columns, i)) continue;
    kept_.push_back(i);
    kept_dates_.push_back(bars.dates[i]);
  }
}

bool BlockFiller::is_complete(std::span<const double* const> columns, std::size_t bar) const {
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (plan_.outputs.sparse[c]) continue;
    if (std::isnan(stored(columns[c][bar]))) return false;
    for (const int lag : plan_.features.lags) {
      if (std::isnan(stored(columns[c][bar - static_cast<std::size_t>(lag)]))) return false;
    }
  }
  return true;
}

double BlockFiller::stored(double value) const {
  if (!plan_.features.float64) return static_cast<double>(narrow(value));
  return std::isfinite(value) ? value : kUnknown;
}

}  // namespace signals
