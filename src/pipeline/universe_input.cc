#include "pipeline/universe_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "core/file.h"
#include "core/text.h"
#include "lake/tables/mapping.h"
#include "lake/universe_file.h"

namespace signals {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::string_view kNumerai = "numerai";
constexpr std::string_view kParquetMagic = "PAR1";

Result<Universe> open_file(const std::string& path) {
  // Only the beginning: training files are large, and Parquet is read by columns.
  std::ifstream file(path, std::ios::binary);
  std::string magic(kParquetMagic.size(), '\0');
  if (file.read(magic.data(), static_cast<std::streamsize>(magic.size())) &&
      magic == kParquetMagic) {
    return read_universe_parquet(path);
  }
  SIGNALS_ASSIGN(const std::string bytes, read_file(path));
  return read_universe_csv(bytes, path);
}

// The newest date whose live universe is surely out: noon UTC of the day after a weekday.
Date newest_published(Instant now) {
  Date date = std::chrono::floor<days>(now - hours(36));
  while (std::chrono::weekday{date}.iso_encoding() > 5) date -= days(1);
  return date;
}

bool reaches(const Universe& universe, Date date) {
  return !universe.members.empty() && universe.members.rbegin()->first >= date;
}

Result<Universe> open_numerai(const std::string& version, ObjectStore& lake,
                              const NumeraiOptions& options, Instant now, Observer& observer) {
  const std::string key = fmt::format("cache/numerai/{}/live.parquet", version);
  auto cached = lake.read(key).and_then(
      [&](std::string bytes) { return read_universe_parquet(std::move(bytes), lake.uri(key)); });
  if (cached && reaches(*cached, options.wanted.value_or(newest_published(now)))) return cached;
  auto bytes = download_live_universe(version, options);
  if (!bytes) {
    const bool later = bytes.error().exit_code == error_info(ErrorCode::unreachable).exit_code;
    if (!cached || !later) return tl::unexpected(bytes.error());
    observer.warn(fmt::format("{}; going on with the universe of {}", bytes.error().what,
                              cached->members.empty()
                                  ? "a time it does not name"
                                  : to_string(cached->members.rbegin()->first)));
    return cached;
  }
  SIGNALS_ASSIGN(Universe live,
                 read_universe_parquet(*bytes, fmt::format("numerai {} live.parquet", version)));
  SIGNALS_TRY(lake.replace(key, *bytes));
  return live;
}

}  // namespace

bool is_numerai(std::string_view name) {
  return name.starts_with(kNumerai) &&
         (name.size() == kNumerai.size() || name[kNumerai.size()] == ':');
}

Result<Universe> open_universe(const std::string& name, ObjectStore& lake,
                               const NumeraiOptions& options, Instant now, Observer& observer) {
  SIGNALS_ASSIGN(
      Universe universe,
      !is_numerai(name)
          ? open_file(name)
          : open_numerai(name == kNumerai ? kNumeraiVersion : name.substr(kNumerai.size() + 1),
                         lake, options, now, observer));
  if (universe.ids.empty()) {
    return fail(ErrorCode::bad_universe, fmt::format("{}: no name in it can be read{}{}", name,
                                                     universe.unreadable.empty() ? "" : ": ",
                                                     listing(universe.unreadable, 1)));
  }
  if (!universe.unreadable.empty()) {
    observer.warn(fmt::format("{}: {} names left out: {}", name,
                              with_commas(static_cast<std::int64_t>(universe.unreadable.size())),
                              listing(universe.unreadable, 3)));
  }
  return universe;
}

Result<UniverseSymbols> symbols_of(const Universe& universe,
                                   const std::shared_ptr<ObjectStore>& lake) {
  SIGNALS_ASSIGN(const auto rows, read_mapping(Table(lake, kMappingTable)));
  std::map<std::string, const MappingRow*> by_key, by_ticker;
  for (const auto& row : rows) {
    by_key.emplace(key_of(row.numerai_ticker, row.composite_figi), &row);
    // Without a FIGI a name means who bears it now.
    const auto [at, fresh] = by_ticker.try_emplace(row.numerai_ticker, &row);
    if (!fresh && at->second->valid_to && !row.valid_to) at->second = &row;
  }
  const auto symbol_of = [&](const UniverseId& id) -> std::string {
    if (!id.yahoo.empty()) return id.yahoo;
    const auto exact = by_key.find(key_of(id.numerai_ticker, id.composite_figi));
    if (exact != by_key.end()) return exact->second->yahoo;
    const auto near = by_ticker.find(id.numerai_ticker);
    return id.composite_figi.empty() && near != by_ticker.end() ? near->second->yahoo : "";
  };
  UniverseSymbols found;
  std::set<std::string> seen;
  for (const auto& id : universe.ids) {
    const std::string symbol = symbol_of(id);
    if (symbol.empty()) {
      found.unmapped.push_back(id.numerai_ticker);
    } else if (seen.insert(symbol).second) {
      found.symbols.push_back(symbol);
    }
  }
  return found;
}

Result<std::vector<std::string>> universe_symbols(const std::string& name,
                                                  const std::shared_ptr<ObjectStore>& lake,
                                                  const NumeraiOptions& options, Instant now,
                                                  Observer& observer) {
  SIGNALS_ASSIGN(const Universe universe, open_universe(name, *lake, options, now, observer));
  SIGNALS_ASSIGN(auto found, symbols_of(universe, lake));
  const auto unmapped = static_cast<std::int64_t>(found.unmapped.size());
  if (found.symbols.empty()) {
    return fail(ErrorCode::no_tickers,
                fmt::format("{}: none of {} names has a symbol in `mapping`; run `signals resolve "
                            "--universe {}`",
                            name, with_commas(unmapped), name));
  }
  if (unmapped > 0) {
    observer.warn(fmt::format("{}: {} names have no symbol in `mapping`: {}", name,
                              with_commas(unmapped), listing(found.unmapped, 3)));
  }
  return std::move(found.symbols);
}

Result<std::vector<std::string>> mapped_symbols(const std::shared_ptr<ObjectStore>& lake) {
  SIGNALS_ASSIGN(const auto rows, read_mapping(Table(lake, kMappingTable)));
  std::vector<std::string> symbols;
  std::set<std::string> seen;
  for (const auto& row : rows) {
    if (!row.yahoo.empty() && seen.insert(row.yahoo).second) symbols.push_back(row.yahoo);
  }
  return symbols;
}

}  // namespace signals
