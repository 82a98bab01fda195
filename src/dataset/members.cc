#include "dataset/members.h"

#include <algorithm>
#include <tuple>

namespace signals {

std::uint32_t Members::name(std::string_view ticker, std::string_view figi,
                            std::string_view yahoo) {
  std::string key(ticker);
  key.append("\n").append(figi).append("\n").append(yahoo);
  const auto [at, fresh] =
      known_.try_emplace(std::move(key), static_cast<std::uint32_t>(names_.size()));
  if (fresh) names_.push_back({std::string(ticker), std::string(figi), std::string(yahoo)});
  return at->second;
}

void Members::tidy(std::vector<std::uint32_t>& list) const {
  const auto key = [&](std::uint32_t i) {
    const MemberName& name = names_[i];
    return std::tuple(std::string_view(name.numerai_ticker), name.yahoo.empty(),
                      name.composite_figi.empty(), i);
  };
  std::ranges::sort(list, {}, key);
  const auto same = [&](std::uint32_t a, std::uint32_t b) {
    return names_[a].numerai_ticker == names_[b].numerai_ticker;
  };
  list.erase(std::unique(list.begin(), list.end(), same), list.end());
  list.shrink_to_fit();
}

void Members::finish() {
  for (auto& [date, list] : dated_) tidy(list);
  if (live_.empty() && !dated_.empty()) live_ = dated_.rbegin()->second;
  tidy(live_);
}

Members::List Members::at(Date date) const {
  const auto after = dated_.upper_bound(date);
  if (after != dated_.begin()) {
    const auto& [listed, names] = *std::prev(after);
    const bool whole = kLeastShare * names.size() >= live_.size();
    if (date == listed || (whole && date - listed <= kListHolds)) return {names, true};
  }
  return {live_, false};
}

std::string_view country_of(std::string_view numerai_ticker) {
  const auto blank = numerai_ticker.rfind(' ');
  return blank == std::string_view::npos ? std::string_view{} : numerai_ticker.substr(blank + 1);
}

SymbolMap::SymbolMap(std::vector<MappingRow> rows) : rows_(std::move(rows)) {
  std::ranges::sort(rows_, [](const MappingRow& a, const MappingRow& b) {
    return std::tie(a.numerai_ticker, a.composite_figi) <
           std::tie(b.numerai_ticker, b.composite_figi);
  });
}

std::string_view SymbolMap::symbol_of(const MemberName& name, Date date) const {
  if (!name.yahoo.empty()) return name.yahoo;
  const auto holds = [&](const MappingRow& row) {
    return !row.yahoo.empty() && (!row.valid_from || *row.valid_from <= date) &&
           (!row.valid_to || date < *row.valid_to);
  };
  const MappingRow* other = nullptr;
  auto row = std::ranges::lower_bound(rows_, name.numerai_ticker, {}, &MappingRow::numerai_ticker);
  for (; row != rows_.end() && row->numerai_ticker == name.numerai_ticker; ++row) {
    const bool exact = row->composite_figi == name.composite_figi;
    if (exact && holds(*row)) return row->yahoo;
    if (exact && !name.composite_figi.empty()) return {};  // another company had the ticker then
    const bool fits = name.composite_figi.empty() || row->composite_figi.empty();
    if (fits && other == nullptr && holds(*row)) other = &*row;
  }
  return other == nullptr ? std::string_view{} : other->yahoo;
}

}  // namespace signals
