// Where a universe comes from: a file, or Numerai's server; and the Yahoo symbols of one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lake/store.h"
#include "pipeline/observer.h"
#include "source/numerai.h"
#include "universe/universe.h"

namespace signals {

// Whether --universe names Numerai's live universe: "numerai[:VERSION]".
bool is_numerai(std::string_view name);

// Opens what --universe names: a Parquet or CSV file, or "numerai[:VERSION]". Numerai's live file
// is kept in the lake, under cache/numerai/<version>/; it is downloaded when a newer one can be
// out, and stands in, with a warning, when the server does not answer.
Result<Universe> open_universe(const std::string& name, ObjectStore& lake,
                               const NumeraiOptions& options, Instant now, Observer& observer);

// The Yahoo symbols of a universe, in its order, each once: those that it gives itself, else by the
// table `mapping`.
struct UniverseSymbols {
  std::vector<std::string> symbols;
  std::vector<std::string> unmapped;  // names without a symbol
};
Result<UniverseSymbols> symbols_of(const Universe& universe,
                                   const std::shared_ptr<ObjectStore>& lake);

// The symbols of what --universe names, for `load`; names without one are told. no_tickers when
// none has one.
Result<std::vector<std::string>> universe_symbols(const std::string& name,
                                                  const std::shared_ptr<ObjectStore>& lake,
                                                  const NumeraiOptions& options, Instant now,
                                                  Observer& observer);

// Every symbol of the table `mapping`, each once; none when there is no such table.
Result<std::vector<std::string>> mapped_symbols(const std::shared_ptr<ObjectStore>& lake);

}  // namespace signals
