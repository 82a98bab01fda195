// Errors that pass through Arrow: a stream of ours says in a Status what happened, and who gets the
// Status finds the Error in it.
#pragma once

#include <arrow/status.h>

#include <optional>

#include "core/result.h"

namespace signals {

arrow::Status to_status(const Error& error);

// The error that to_status() put there.
std::optional<Error> error_in(const arrow::Status& status);

}  // namespace signals
