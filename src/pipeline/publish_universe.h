// Whom a data set is about: the members of each date, and their symbols.
#pragma once

#include <memory>
#include <vector>

#include "dataset/members.h"
#include "lake/table.h"
#include "universe/universe.h"

namespace signals {

struct PublishUniverse {
  TableState mapping_state, universe_state;
  Members members;
  SymbolMap symbols{{}};
};

// The names of the table `universe` and of universe files; without any, those of `mapping` that
// hold now. `from`: the first date that is asked for. no_table when nothing gives symbols,
// bad_universe for a file without numerai_ticker.
Result<PublishUniverse> read_publish_universe(const std::shared_ptr<ObjectStore>& lake,
                                              const std::vector<Universe>& files, Date from);

}  // namespace signals
