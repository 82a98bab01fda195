// Universe files in Parquet: Numerai's live, train and validation files among them.
#pragma once

#include <string>

#include "core/result.h"
#include "universe/universe.h"

namespace signals {

// Reads the id columns of a Parquet file of this machine, some rows at a time; no other column is
// touched. no_input, or bad_universe when it is no such file or an id column has no text.
Result<Universe> read_universe_parquet(const std::string& path);

// The same from bytes; `where` names them in errors.
Result<Universe> read_universe_parquet(std::string bytes, const std::string& where);

}  // namespace signals
