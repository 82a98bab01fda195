#include "pipeline/dataset_block.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "dataset/forms.h"
#include "dataset/members.h"
#include "pipeline/block_filler.h"

namespace signals {
namespace {

// A row group has whole dates and about so many rows: a reader of one date reads little beside it,
// and the footer of a year with hundreds of columns stays small.
constexpr std::size_t kGroupRows = 32 * 1024;

}  // namespace

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
