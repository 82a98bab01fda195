// Mapping: what is known of each numerai_ticker's Yahoo symbol. A row of the table `mapping`.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"

namespace signals {

// X(status, whether the row has a symbol, what it means)
#define SIGNALS_MAPPING_STATUS(X)                                                    \
  X(ok, true, "a probe confirmed the symbol")                                        \
  X(given, true, "an override or the universe file says so")                         \
  X(stale, true, "confirmed once; the newest probe did not, and the symbol is kept") \
  X(not_found, false, "the source knows no symbol that the rules give")              \
  X(rejected, false, "it knows one, but with another currency, instrument or time")  \
  X(conflict, false, "the symbol belongs to another name on the same dates")         \
  X(no_rule, false, "the rules give no symbol")                                      \
  X(pending, false, "not asked yet")

enum class MappingStatus {
#define SIGNALS_X(name, has_symbol, text) name,
  SIGNALS_MAPPING_STATUS(SIGNALS_X)
#undef SIGNALS_X
};

struct MappingStatusInfo {
  std::string_view name;
  bool has_symbol;
  std::string_view text;
};

inline constexpr std::array kMappingStatusInfo = {
#define SIGNALS_X(name, has_symbol, text) MappingStatusInfo{#name, has_symbol, text},
    SIGNALS_MAPPING_STATUS(SIGNALS_X)
#undef SIGNALS_X
};

inline const MappingStatusInfo& info_of(MappingStatus status) {
  return kMappingStatusInfo[static_cast<std::size_t>(status)];
}

// Empty for a word that no status has.
std::optional<MappingStatus> find_mapping_status(std::string_view name);

struct MappingRow {
  std::string numerai_ticker{};
  std::string composite_figi{};  // empty: unknown
  std::string country{};         // ISO 3166
  std::string yahoo{};           // empty: none
  std::string rule{};            // that gave the symbol; with none, what was wrong
  std::string currency{}, exchange{};
  std::optional<Date> first_bar{}, last_bar{};   // of the listing, when it was last asked
  std::optional<Date> valid_from{}, valid_to{};  // dates on which the row holds: [from, to)
  std::optional<Date> verified_on{};             // when it was last asked; empty: never
  MappingStatus status = MappingStatus::pending;

  friend bool operator==(const MappingRow&, const MappingRow&) = default;
};

// A market of which the source knew nothing when it was asked, not even what it has known.
struct SilentMarket {
  std::string country;  // empty: all of them
  std::int64_t unknown = 0;
};

// "numerai_ticker\ncomposite_figi": unique in the table.
inline std::string key_of(const std::string& numerai_ticker, const std::string& composite_figi) {
  return numerai_ticker + "\n" + composite_figi;
}

}  // namespace signals
