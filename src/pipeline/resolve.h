// resolve: the names of universes to Yahoo symbols, into the tables `universe` and `mapping`.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lake/store.h"
#include "pipeline/observer.h"
#include "source/source.h"
#include "universe/mapping.h"
#include "universe/overrides.h"
#include "universe/universe.h"

namespace signals {

struct ResolveRequest {
  std::vector<Universe> universes;
  Overrides overrides;
  Instant now{};
  bool recheck = false;                 // ask again for what is verified
  std::vector<std::string> controls{};  // symbols that always trade
};

// How many names have which status.
struct Coverage {
  std::int64_t names = 0;
  std::array<std::int64_t, kMappingStatusInfo.size()> by_status{};
  [[nodiscard]] std::int64_t mapped() const;
};

struct ResolveReport {
  std::map<std::string, Coverage> live;  // by country: names that are members now
  Coverage past;                         // names that are not
  std::vector<MappingRow> open;          // live names without a symbol, or with a stale one
  std::vector<std::string> idle_overrides;
  std::vector<Error> failures;       // of single probes: they say nothing of the symbol
  std::vector<SilentMarket> silent;  // markets that are out
  std::int64_t asked = 0;            // symbols
  std::int64_t not_asked = 0;        // groups of names whose turn did not come
  std::int64_t new_members = 0;      // rows of `universe`
  FetchEnd end = FetchEnd::complete;
  bool changed = false;  // a new snapshot of `mapping`
};

// Asks the source for as many symbols as it takes. What is known is committed now and then, so that
// a killed run loses little. bad_universe when no universe has a numerai_ticker; else the lake's
// errors.
Result<ResolveReport> resolve(Source& source, const std::shared_ptr<ObjectStore>& lake,
                              const ResolveRequest& request, Observer& observer);

}  // namespace signals
