#include "pipeline/dataset_rows.h"

#include <algorithm>

#include "dataset/calendar.h"

namespace signals {
namespace {

// Blocks of dates take about so much memory.
constexpr std::size_t kBlockBytes = std::size_t{448} << 20;

}  // namespace

Result<void> DatasetRows::write(const std::vector<Date>& dates, const BlockContext& context,
                                PendingFiles& pending, PublishedFolder& files, Change& change,
                                Observer& observer) {
  const DatasetPlan& plan = context.plan;
  layout_ = make_dataset_layout(dataset_schema(plan.names), plan.flags);
  const std::size_t most_rows = kBlockBytes / DatasetBlock::row_bytes(plan);
  last_ = dates.back();
  Progress progress{.total = static_cast<std::int64_t>(dates.size())};
  for (std::size_t begin = 0; begin < dates.size();) {
    DatasetBlock block(context);
    std::size_t end = begin;
    while (end < dates.size() && year_of(dates[end]) == year_of(dates[begin]) &&
           (end == begin || dates[end] != last_) &&
           (end == begin ||
            block.rows() + static_cast<std::size_t>(report_.dates.back().mapped) <= most_rows)) {
      add_date(dates[end++], block);
    }
    SIGNALS_TRY(block.fill());
    if (block.keys().empty()) {
      begin = end;
      continue;
    }
    SIGNALS_TRY(write_block(block, pending, files, change));
    begin = end;
    progress.done = static_cast<std::int64_t>(end);
    progress.rows = report_.added;
    observer.progress(progress);
  }
  return {};
}

void DatasetRows::add_date(Date date, DatasetBlock& block) {
  const Members::List list = universe_.members.at(date);
  DateCoverage coverage{.date = date, .weekly = is_weekly(date), .known = list.known};
  const bool live = live_ && date == last_;
  for (const std::uint32_t number : list.names) {
    const MemberName& name = universe_.members.names()[number];
    const auto symbol = universe_.symbols.symbol_of(name, date);
    ++coverage.members;
    if (symbol.empty() && !live) continue;
    if (!symbol.empty()) ++coverage.mapped;
    block.add({.date = date,
               .numerai_ticker = name.numerai_ticker,
               .composite_figi = name.composite_figi,
               .weekly = coverage.weekly},
              symbol);
  }
  report_.dates.push_back(coverage);
}

Result<void> DatasetRows::write_block(const DatasetBlock& block, PendingFiles& pending,
                                      PublishedFolder& files, Change& change) {
  std::vector<std::uint32_t> found, live;
  auto coverage = report_.dates.end();
  for (std::uint32_t row = 0; row < block.rows(); ++row) {
    const DatasetKey& key = block.keys()[row];
    if (live_ && key.date == last_) live.push_back(row);
    if (!key.session_date) continue;
    found.push_back(row);
    if (coverage == report_.dates.end() || coverage->date != key.date) {
      coverage = std::ranges::lower_bound(report_.dates, key.date, {}, &DateCoverage::date);
    }
    ++coverage->rows;
    if (*key.session_date == key.date) ++coverage->traded;
  }
  if (report_.dates.back().date == last_) freshness_.count(block, report_.dates.back());
  report_.added += static_cast<std::int64_t>(found.size());
  if (!found.empty()) {
    SIGNALS_ASSIGN(auto file,
                   DatasetFile::create(dataset_, block.keys()[found.front()].date, layout_));
    SIGNALS_TRY(block.write(found, *file));
    SIGNALS_ASSIGN(DataFile done, file->finish());
    pending.add(done);
    change.added.push_back(std::move(done));
  }
  if (live.empty()) return {};
  report_.live_names = static_cast<std::int64_t>(live.size());
  SIGNALS_ASSIGN(auto file,
                 DatasetFile::create_at(dataset_.store(), files.key(kLiveFile), layout_));
  SIGNALS_TRY(block.write(live, *file));
  SIGNALS_TRY(file->finish());
  return files.note(kLiveFile);
}

}  // namespace signals
