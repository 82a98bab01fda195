#include "pipeline/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/file.h"
#include "core/random.h"
#include "core/text.h"
#include "lake/table.h"

namespace signals {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kLittleSpace = 2LL << 30;
constexpr seconds kClockTolerance{60};

constexpr std::array kZones = std::to_array<std::string_view>(
    {"Africa/Cairo",        "Africa/Johannesburg", "America/Bogota",   "America/Lima",
     "America/Mexico_City", "America/New_York",    "America/Santiago", "America/Sao_Paulo",
     "America/Toronto",     "Asia/Bangkok",        "Asia/Dubai",       "Asia/Hong_Kong",
     "Asia/Jakarta",        "Asia/Jerusalem",      "Asia/Kolkata",     "Asia/Kuala_Lumpur",
     "Asia/Manila",         "Asia/Qatar",          "Asia/Seoul",       "Asia/Shanghai",
     "Asia/Singapore",      "Asia/Taipei",         "Asia/Tokyo",       "Australia/Sydney",
     "Europe/Amsterdam",    "Europe/Athens",       "Europe/Berlin",    "Europe/Brussels",
     "Europe/Budapest",     "Europe/Copenhagen",   "Europe/Dublin",    "Europe/Helsinki",
     "Europe/Istanbul",     "Europe/Lisbon",       "Europe/London",    "Europe/Madrid",
     "Europe/Moscow",       "Europe/Oslo",         "Europe/Paris",     "Europe/Prague",
     "Europe/Rome",         "Europe/Stockholm",    "Europe/Vienna",    "Europe/Warsaw",
     "Europe/Zurich",       "Pacific/Auckland"});

Finding failed(std::string check, const Error& error, std::string advice = {}) {
  if (advice.empty()) advice = error_info(error.code).remedy;
  return {std::move(check), Verdict::fail, error.what, std::move(advice), error.exit_code};
}

// Writes an object, reads it and removes it.
Result<void> try_to_write(ObjectStore& lake) {
  auto random = system_random();
  const std::string key = fmt::format("doctor-{:.0f}.probe", random() * 1e15);
  SIGNALS_TRY(lake.put_if_absent(key, key));
  const auto back = lake.read(key);
  SIGNALS_TRY(lake.remove(key));
  if (back && *back == key) return {};
  return fail(ErrorCode::store_read,
              fmt::format("{} does not hold what was written", lake.uri(key)));
}

Finding examine_writing(ObjectStore& lake) {
  if (const auto written = try_to_write(lake); !written) return failed("lake", written.error());
  Finding finding{"lake", Verdict::ok, fmt::format("{} can be written", lake.uri(""))};
  const auto free = lake.free_bytes();
  if (!free) return finding;
  finding.found += fmt::format(", {} free", human_bytes(*free));
  if (*free < kLittleSpace) {
    finding.verdict = Verdict::warn;
    finding.advice = "free some space: a commit that does not fit fails, what was committed stays";
  }
  return finding;
}

Finding examine_tables(const std::shared_ptr<ObjectStore>& lake) {
  const auto names = table_names(*lake);
  if (!names) return failed("tables", names.error());
  if (names->empty()) return {"tables", Verdict::ok, "none yet: `signals load` makes the first"};
  for (const auto& name : *names) {
    if (const auto state = Table(lake, name).load(); !state) return failed("tables", state.error());
  }
  return {"tables", Verdict::ok, fmt::format("{}", fmt::join(*names, ", "))};
}

std::int64_t count(std::string_view text, std::string_view word) {
  std::int64_t times = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    ++times;
  }
  return times;
}

std::string host_of(const std::string& url) {
  const auto begin = url.find("//");
  const std::string rest = public_url(begin == std::string::npos ? url : url.substr(begin + 2));
  return rest.substr(0, rest.find('/'));
}

}  // namespace

std::span<const std::string_view> universe_zones() { return kZones; }

std::vector<Finding> examine_lake(const std::shared_ptr<ObjectStore>& lake) {
  return {examine_writing(*lake), examine_tables(lake)};
}

Finding examine_zones(std::span<const std::string_view> zones) {
  std::vector<std::string> missing;
  for (const auto zone : zones) {
    if (!Zone::find(zone)) missing.emplace_back(zone);
  }
  if (missing.empty()) {
    return {"time zones", Verdict::ok, fmt::format("the {} of the exchanges load", zones.size())};
  }
  return {
      "time zones", Verdict::fail,
      fmt::format("{} of {} do not load: {}", missing.size(), zones.size(), listing(missing, 3)),
      "install the system's tzdata: without it the bars of these exchanges have no dates",
      error_info(ErrorCode::no_input).exit_code};
}

Finding examine_clock(const Seen& seen, const DoctorRequest& request) {
  Finding finding{"clock", Verdict::ok, to_string(request.machine_time())};
  if (!seen.clock_error) {
    finding.found += "; nothing to compare it with";
  } else {
    const seconds error = *seen.clock_error;
    const bool ahead = error > seconds(0);
    const auto size = human_seconds(static_cast<double>(std::abs(error.count())));
    if (std::chrono::abs(error) > kClockTolerance) {
      finding.verdict = Verdict::warn;
      finding.found += fmt::format(", {} {} the source's", size, ahead ? "ahead of" : "behind");
      finding.advice = "set the clock by a time server: it decides which sessions are over";
    } else {
      finding.found += ", as the source's";
    }
  }
  if (request.now_given) {
    finding.found += fmt::format("; --now {} is taken instead", to_string(request.options.now));
  }
  return finding;
}

Finding examine_certificates(const Seen& seen, const DoctorRequest& request) {
  const std::string& url = request.options.base_url;
  const std::string& path = request.http.ca_file;
  const bool needed = request.source == "yahoo" && !url.starts_with("http://");
  const auto bytes = path.empty() ? Result<std::string>("") : read_file(path);
  const auto held = bytes ? count(*bytes, "-----BEGIN ") : 0;
  Finding finding{"certificates", Verdict::ok,
                  path.empty() ? "those of the TLS library" : fmt::format("{} in {}", held, path)};
  if (!bytes || (!path.empty() && held == 0)) {
    finding.verdict = needed ? Verdict::fail : Verdict::warn;
    finding.found = bytes ? fmt::format("{} holds none", path) : bytes.error().what;
    finding.advice = "install the package ca-certificates";
    finding.exit_code = needed ? error_info(ErrorCode::no_input).exit_code : 0;
    return finding;
  }
  const std::string host = host_of(url.empty() ? kYahooUrl : url);
  if (!needed) {
    finding.found += "; the source needs none";
  } else if (seen.handshake_failed) {
    finding.verdict = Verdict::fail;
    finding.found += fmt::format("; no secure connection to {}", host);
    finding.advice =
        "check the clock, and whether a proxy puts its own certificate in the place of the "
        "server's; update ca-certificates";
    finding.exit_code = error_info(ErrorCode::unreachable).exit_code;
  } else if (seen.replies > 0) {
    finding.found += fmt::format("; that of {} is good", host);
  }
  return finding;
}

Result<std::vector<Finding>> examine(const std::shared_ptr<ObjectStore>& lake,
                                     const DoctorRequest& request, Observer& observer) {
  SIGNALS_ASSIGN(auto source, examine_source(request, observer));
  std::vector<Finding> findings = examine_lake(lake);
  findings.push_back(examine_clock(source.seen, request));
  findings.push_back(examine_zones(request.zones));
  findings.push_back(examine_certificates(source.seen, request));
  findings.push_back(std::move(source.source));
  std::ranges::move(source.probes, std::back_inserter(findings));
  findings.push_back(
      {"versions", Verdict::ok,
       fmt::format("signals {}, Arrow {}, libcurl {} ({}), time zones {}", SIGNALS_VERSION,
                   arrow_version(), request.http.version, request.http.tls, time_zone_release())});
  return findings;
}

int exit_code(std::span<const Finding> findings) {
  int code = 0;
  for (const auto& finding : findings) {
    if (finding.verdict != Verdict::fail) continue;
    // A failure of our own comes before the source's: waiting would not mend it.
    code = code == 0 ? finding.exit_code : std::min(code, finding.exit_code);
  }
  return code;
}

}  // namespace signals
