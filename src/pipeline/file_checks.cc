#include "pipeline/file_checks.h"

#include <utility>

namespace signals {
namespace {

// 7,200 tickers of 20 years take 32 MB and 40 bytes for each flag.
constexpr std::size_t kMostBytes = std::size_t{36} << 20;

std::size_t bytes_of(const FileCheck& check) {
  return check.names.size() * sizeof(FileCheck::Name) +
         check.flags.size() * sizeof(FileCheck::Flag);
}

}  // namespace

std::size_t day_of_year(Date date) {
  const std::chrono::year_month_day at{date};
  return static_cast<std::size_t>((date - Date{at.year() / std::chrono::January / 1}).count());
}

FileCheck check_file(std::span<const TickerBars> tickers) {
  FileCheck check;
  check.names.reserve(tickers.size());
  for (const auto& bars : tickers) {
    const PriceRow& first = bars.rows.front();
    const PriceRow& last = bars.rows.back();
    const Date new_year = first.date - std::chrono::days(day_of_year(first.date));
    FileCheck::Name name{bars.ticker, last.exchange, first, last.close, {}};
    double close = kUnknown;
    for (const auto& row : bars.rows) {
      name.days.set(static_cast<std::size_t>((row.date - new_year).count()));
      if (&row != &first) {
        for (const auto& flag : check_row(row, close)) {
          check.flags.push_back({static_cast<std::uint32_t>(check.names.size()), row.date, flag});
        }
      }
      close = row.close;
    }
    check.names.push_back(std::move(name));
  }
  check.flags.shrink_to_fit();
  return check;
}

void FileChecks::add(const DataFile& file, FileCheck check) {
  const std::size_t bytes = bytes_of(check);
  const std::lock_guard lock(mutex_);
  if (const auto before = known_.find(file.partition); before != known_.end()) {
    bytes_ -= bytes_of(before->second.check);
    known_.erase(before);
  }
  if (bytes_ + bytes > kMostBytes) return;
  bytes_ += bytes;
  known_.emplace(file.partition, Known{file.path, std::move(check)});
}

const FileCheck* FileChecks::find(const DataFile& file) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(file.partition);
  return found == known_.end() || found->second.path != file.path ? nullptr : &found->second.check;
}

}  // namespace signals
