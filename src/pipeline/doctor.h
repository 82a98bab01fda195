// doctor: what a load would stumble over, found before it runs. Every check is a line with a
// verdict and, unless all is well, what to do.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "lake/store.h"
#include "net/http.h"
#include "pipeline/observer.h"
#include "source/source.h"

namespace signals {

enum class Verdict { ok, warn, fail };

struct Finding {
  std::string check;  // lake, clock, a probed symbol…
  Verdict verdict = Verdict::ok;
  std::string found;
  std::string advice{};  // what to do; empty when there is nothing
  int exit_code = 0;     // of a failure: what the program should end with
};

// A symbol that is asked for when the user names none.
struct ProbeSymbol {
  std::string_view symbol;
  std::string_view currency;  // that its bars are in
};

// Large companies on five continents' markets: each has traded without a break for decades.
std::span<const ProbeSymbol> probe_symbols();

// The time zones of the exchanges of Numerai's universe.
std::span<const std::string_view> universe_zones();

struct DoctorRequest {
  std::string source = "yahoo";
  SourceOptions options;             // how the source is asked; its client is watched
  std::vector<std::string> tickers;  // to probe; empty: probe_symbols()
  bool now_given = false;            // `options.now` is the user's, not the machine's
  std::function<Instant()> machine_time;
  HttpLibrary http;
  std::span<const std::string_view> zones = universe_zones();
};

// Usage errors of the source's name and URL; interrupted. All else is a finding.
Result<std::vector<Finding>> examine(const std::shared_ptr<ObjectStore>& lake,
                                     const DoctorRequest& request, Observer& observer);

// 0 when nothing failed, 4 when only the source did (refused, not there), else 1.
int exit_code(std::span<const Finding> findings);

// The parts of examine().

// The lake is written to (an object that is removed at once) and its tables are read.
std::vector<Finding> examine_lake(const std::shared_ptr<ObjectStore>& lake);
Finding examine_zones(std::span<const std::string_view> zones);

// What the replies of a probe have told beside their bars.
struct Seen {
  std::int64_t replies = 0;
  std::optional<std::chrono::milliseconds> first_reply;  // after the first request
  std::optional<std::chrono::seconds> clock_error;       // the machine's clock minus the source's
  bool handshake_failed = false;
};
Finding examine_clock(const Seen& seen, const DoctorRequest& request);
Finding examine_certificates(const Seen& seen, const DoctorRequest& request);

struct SourceFindings {
  Finding source;
  std::vector<Finding> probes;
  Seen seen;
};
// Asks for the last two weeks of each symbol, the first alone: a source that is not there is not
// asked again.
Result<SourceFindings> examine_source(const DoctorRequest& request, Observer& observer);

}  // namespace signals
