#include "pipeline/feature_sources.h"

#include <charconv>

namespace signals {

std::string property(const std::map<std::string, std::string>& all, const std::string& name,
                     const std::string& otherwise) {
  const auto found = all.find(name);
  return found == all.end() ? otherwise : found->second;
}

void record_source(std::map<std::string, std::string>& summary, const SourceKeys& keys,
                   const TableState& state) {
  summary[keys.snapshot] = std::to_string(state.snapshot_id());
  if (state.exists()) summary[keys.table] = state.uuid;
}

std::optional<TableState> recorded_source(const std::map<std::string, std::string>& summary,
                                          const SourceKeys& keys, const Table& table,
                                          const TableState& now) {
  const std::string text = property(summary, keys.snapshot, "");
  std::int64_t id = -1;
  std::from_chars(text.data(), text.data() + text.size(), id);
  if (id == 0) return TableState{};
  if (property(summary, keys.table, "") != now.uuid) return std::nullopt;
  auto state = table.load_snapshot(id);
  return state ? std::optional(std::move(*state)) : std::nullopt;
}

}  // namespace signals
