// Numerai's live universe over its public GraphQL: no key.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/date.h"
#include "core/result.h"

namespace signals {

inline constexpr const char* kNumeraiVersion = "v2.1";

struct NumeraiOptions {
  std::string base_url{};  // of a server that speaks as Numerai's does; empty: Numerai's
  Clock* clock = nullptr;
  const std::atomic<bool>* stop = nullptr;
  // A kept universe that does not reach this date is asked for anew; empty: as the clock says.
  std::optional<Date> wanted{};
};

// D of Numerai's newest round: the date whose bars it is about. Errors as below.
Result<Date> newest_round(const NumeraiOptions& options);

// The bytes of `signals/<version>/live.parquet`, today's. Usage error for a version that is none;
// unreachable, http_status, refused, bad_reply.
Result<std::string> download_live_universe(const std::string& version,
                                           const NumeraiOptions& options);

}  // namespace signals
