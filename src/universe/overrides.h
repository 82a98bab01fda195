// Overrides: a person's corrections of the mapping, which beat everything else.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/result.h"

namespace signals {

// Yahoo symbol by numerai_ticker; empty: the name has none.
using Overrides = std::map<std::string, std::string>;

// A CSV file with the columns numerai_ticker and yahoo, and optionally reason and date, which are
// for people. bad_universe for another column, a name twice, or a cell of another scheme's form.
Result<Overrides> read_overrides(std::string_view bytes, std::string_view where);

}  // namespace signals
