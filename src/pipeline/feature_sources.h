// What a feature table was made of: its snapshots name those of `prices` and `quality`, each bucket
// its own if need be.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lake/table.h"

namespace signals {

// The value of a property, or `otherwise` when there is none.
std::string property(const std::map<std::string, std::string>& all, const std::string& name,
                     const std::string& otherwise);

// How a snapshot names a table that it was made of: the table's own name beside the snapshot's
// number, for a table that was deleted and made anew counts from 1 again. A table that is not there
// is snapshot 0.
struct SourceKeys {
  const char *snapshot, *table;
};
inline constexpr SourceKeys kPricesKeys{"source-snapshot", "source-uuid"};
inline constexpr SourceKeys kQualityKeys{"quality-snapshot", "quality-uuid"};

// Says that `buckets` are made of `state`; the others stay what the snapshot before says they are
// made of (`before`; null: nothing yet).
void record_source(std::map<std::string, std::string>& summary, const SourceKeys& keys,
                   const TableState& state, const std::set<int>& buckets,
                   const std::map<std::string, std::string>* before);

// The recorded state of a table, with the files of each bucket as it was when features were made of
// it; empty when that is not kept any more.
std::optional<TableState> recorded_source(const std::map<std::string, std::string>& summary,
                                          const SourceKeys& keys, const Table& table,
                                          const TableState& now);

// The buckets of which there are files `now`, and nothing was made yet (`transform --buckets`).
std::vector<int> unmade_buckets(const std::map<std::string, std::string>& summary,
                                const SourceKeys& keys, const TableState& now);

}  // namespace signals
