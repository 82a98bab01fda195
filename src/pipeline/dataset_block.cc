#include "pipeline/dataset_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <thread>

#include "core/bar.h"
#include "dataset/forms.h"
#include "dataset/members.h"
#include "features/compute.h"
#include "lake/tables/prices.h"
#include "ta/scale_free.h"

namespace signals {
namespace {

// A row group has whole dates and about so many rows: a reader of one date reads little beside it,
// and the footer of a year with hundreds of columns stays small.
constexpr std::size_t kGroupRows = 32 * 1024;

// Tickers whose features are in memory at once, for each thread.
constexpr std::size_t kGroupTickers = 16;

// Scale-free forms look back so many rows.
constexpr std::size_t kFormRows = 21;

constexpr float kUnknownFloat = std::numeric_limits<float>::quiet_NaN();

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

// Names of one exchange share its sessions; where it is not known, those of one suffix do.
std::string exchange_of(std::string_view ticker, std::string_view exchange) {
  if (!exchange.empty()) return std::string(exchange);
  const auto dot = ticker.rfind('.');
  return fmt::format("?{}", dot == std::string_view::npos ? "" : ticker.substr(dot));
}

}  // namespace

Result<void> TickerSessions::read(const Table& prices, const Table& quality,
                                  const SourceStates& states, const FeatureConfig& config,
                                  Date from) {
  std::map<std::string, SessionCount> counts;
  std::vector<Date> kept;
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    SIGNALS_ASSIGN(const auto source, bucket_source(quality, states, bucket, config));
    for (const auto& file : source.all_files()) {
      if (file.last_date < from) continue;
      SIGNALS_TRY(each_tickers_dates(
          prices, file,
          [&](std::string_view ticker, std::string_view exchange, std::span<const Date> dates) {
            const auto skipped = source.skipped.find(ticker);
            kept.clear();
            for (const Date date : dates) {
              if (skipped != source.skipped.end() && skipped->second.contains(date)) continue;
              kept.push_back(date);
            }
            std::string& home = exchanges_[std::string(ticker)];
            home = exchange_of(ticker, exchange);
            counts[home].add(ticker, kept);
          }));
    }
  }
  for (const auto& [exchange, count] : counts) sessions_[exchange] = count.sessions();
  return {};
}

std::span<const Date> TickerSessions::of(const std::string& ticker) const {
  const auto exchange = exchanges_.find(ticker);
  if (exchange == exchanges_.end()) return {};
  return sessions_.at(exchange->second);
}

// Fills the rows of one block, bucket after bucket; one object serves one thread. Rows belong to
// one ticker, so that threads write side by side.
class BlockFiller {
 public:
  explicit BlockFiller(DatasetBlock& block)
      : block_(block),
        context_(block.context_),
        plan_(context_.plan),
        features_(plan_.outputs),
        group_(kGroupTickers) {}

  Result<void> run(int bucket) {
    SIGNALS_ASSIGN(const auto source,
                   bucket_source(context_.quality, context_.states, bucket, plan_.features));
    std::vector<DataFile> files;
    const int last_year = year_of(block_.keys_.back().date);
    for (const auto& [year, some] : source.files) {
      // Means of the other modes see the end of the history.
      if (plan_.features.mode == ta::Mode::causal && year > last_year) break;
      files.insert(files.end(), some.begin(), some.end());
    }
    SIGNALS_ASSIGN(auto reader,
                   BarReader::open(context_.prices, files, plan_.features.total_return));
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

 private:
  struct Pick {
    std::size_t row;  // of the block
    std::size_t bar;  // of the ticker
  };

  Result<void> fill_group(std::span<const BarSeries> group) {
    SIGNALS_TRY(context_.check_stop());
    std::vector<TickerInput> inputs;
    for (const auto& one : group) inputs.push_back({one.dates, part(one, 0, one.dates.size())});
    features_.compute(inputs);
    for (std::size_t t = 0; t < group.size(); ++t) fill_ticker(group[t], features_.columns(t));
    return {};
  }

  void fill_ticker(const BarSeries& bars, std::span<const double* const> columns) {
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

  // Which bar each row of the ticker is as of.
  void find_rows(const BarSeries& bars, std::span<const double* const> columns) {
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

  // The rows that the feature table has: what --na left of the bars.
  void find_kept(const BarSeries& bars, std::span<const double* const> columns) {
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

  [[nodiscard]] bool is_complete(std::span<const double* const> columns, std::size_t bar) const {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (plan_.outputs.sparse[c]) continue;
      if (std::isnan(stored(columns[c][bar]))) return false;
      for (const int lag : plan_.features.lags) {
        if (std::isnan(stored(columns[c][bar - static_cast<std::size_t>(lag)]))) return false;
      }
    }
    return true;
  }

  // A value as the feature table has it; NaN where that is null.
  [[nodiscard]] double stored(double value) const {
    if (!plan_.features.float64) return static_cast<double>(narrow(value));
    return std::isfinite(value) ? value : kUnknown;
  }

  DatasetBlock& block_;
  const BlockContext& context_;
  const DatasetPlan& plan_;
  GroupFeatures<double> features_;
  std::vector<BarSeries> group_;
  std::vector<std::size_t> kept_;
  std::vector<Date> kept_dates_;
  std::vector<Pick> picks_;
  std::vector<double> form_;
};

void DatasetBlock::add(const DatasetKey& key, std::string_view symbol) {
  if (!symbol.empty()) {
    wanted_[std::string(symbol)].push_back(static_cast<std::uint32_t>(keys_.size()));
  }
  keys_.push_back(key);
}

std::size_t DatasetBlock::row_bytes(const DatasetPlan& plan) {
  return plan.carried.size() * sizeof(float) + sizeof(DatasetKey) + 2 * sizeof(std::uint32_t);
}

Result<void> DatasetBlock::fill() {
  values_.assign(keys_.size() * context_.plan.carried.size(), kUnknownFloat);
  if (keys_.empty()) return {};
  std::atomic<int> next = 0;
  std::mutex mutex;
  std::optional<Error> error;
  const auto work = [&] {
    BlockFiller filler(*this);
    for (int bucket = next++; bucket < kBuckets; bucket = next++) {
      const auto done = filler.run(bucket);
      if (done) continue;
      const std::lock_guard lock(mutex);
      error = done.error();
      next = kBuckets;
      return;
    }
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < context_.threads; ++i) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();
  if (error) return tl::unexpected(*error);
  return {};
}

Result<void> DatasetBlock::write(std::span<const std::uint32_t> rows, DatasetFile& file) const {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    while (end < rows.size() && (end == begin || end - begin < kGroupRows)) {
      const Date date = keys_[rows[end]].date;
      while (end < rows.size() && keys_[rows[end]].date == date) ++end;
    }
    SIGNALS_TRY(context_.check_stop());
    SIGNALS_TRY(write_group(rows.subspan(begin, end - begin), file));
    begin = end;
  }
  return {};
}

Result<void> DatasetBlock::write_group(std::span<const std::uint32_t> rows,
                                       DatasetFile& file) const {
  std::vector<DatasetKey> keys;
  std::vector<std::string_view> countries;
  for (const std::uint32_t row : rows) {
    keys.push_back(keys_[row]);
    countries.push_back(country_of(keys_[row].numerai_ticker));
  }
  struct Section {
    std::size_t begin, rows;
    CrossSection names;
  };
  std::vector<Section> sections;  // one for each date, where there are forms
  const auto& published = context_.plan.published;
  const bool forms =
      std::ranges::any_of(published, [](const auto& column) { return column.form.has_value(); });
  for (std::size_t begin = 0; forms && begin < keys.size();) {
    std::size_t end = begin + 1;
    while (end < keys.size() && keys[end].date == keys[begin].date) ++end;
    const auto names = std::span<const std::string_view>(countries).subspan(begin, end - begin);
    sections.push_back({begin, end - begin, CrossSection(names)});
    begin = end;
  }
  std::vector<float> values(rows.size());
  std::vector<float> formed(rows.size());
  return file.append(keys, [&](std::size_t c) -> std::span<const float> {
    const float* const from = values_.data() + published[c].carried * keys_.size();
    if (!published[c].form) {  // its forms come next
      std::ranges::transform(rows, values.begin(), [&](std::uint32_t row) { return from[row]; });
      return values;
    }
    for (auto& section : sections) {
      section.names.apply(*published[c].form,
                          std::span<const float>(values).subspan(section.begin, section.rows),
                          std::span(formed).subspan(section.begin, section.rows));
    }
    return formed;
  });
}

}  // namespace signals
