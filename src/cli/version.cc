#include "cli/version.h"

#include <fmt/format.h>
#include <spdlog/version.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/commit.h"  // made by cmake/Commit.cmake
#include "core/date.h"
#include "lake/store.h"
#include "net/gzip.h"
#include "net/http.h"
#include "source/chart_json.h"

namespace signals::cli {

std::string version_text(bool json) {
  using Json = nlohmann::ordered_json;
  const HttpLibrary http = http_library();
  const auto dotted = [](int major, int minor, int patch) {
    return fmt::format("{}.{}.{}", major, minor, patch);
  };
  const Json libraries = {
      {"Arrow", arrow_version()},
      {"libcurl", http.version},
      {"TLS", http.tls},
      {"libdeflate", gunzip_version()},
      {"simdjson", json_library()},
      {"nlohmann-json", dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                               NLOHMANN_JSON_VERSION_PATCH)},
      {"CLI11", CLI11_VERSION},
      {"fmt", dotted(FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"spdlog", dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"time zones", time_zone_release()},
      {"certificates", http.ca_file}};
  if (json) {
    const Json all = {
        {"version", SIGNALS_VERSION}, {"commit", SIGNALS_COMMIT}, {"libraries", libraries}};
    return all.dump(1) + "\n";
  }
  std::string text = fmt::format("signals {} (commit {})\n", SIGNALS_VERSION, SIGNALS_COMMIT);
  for (const auto& [name, version] : libraries.items()) {
    text += fmt::format("  {:<14} {}\n", name, version.get<std::string>());
  }
  return text;
}

}  // namespace signals::cli
