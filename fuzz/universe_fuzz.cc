// Any bytes as a universe file, and as a file of overrides.
#include <cstdlib>
#include <string>

#include "universe/overrides.h"
#include "universe/rules.h"
#include "universe/universe.h"

namespace {

void require(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace signals;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto universe = read_universe_csv(bytes, "u.csv");
  if (!universe) require(universe.error().what.starts_with("u.csv"));
  if (universe) {
    for (const auto& [date, members] : universe->members) {
      for (const auto id : members) require(id < universe->ids.size());
    }
    for (const auto& id : universe->ids) {
      require(!id.numerai_ticker.empty() || !id.yahoo.empty());
      if (id.numerai_ticker.empty()) continue;
      const auto ticker = parse_iso(id.numerai_ticker);
      require(ticker && ticker->text() == id.numerai_ticker);
      for (const auto& candidate : candidates(*ticker)) require(!candidate.symbol.text.empty());
    }
  }
  const auto overrides = read_overrides(bytes, "o.csv");
  if (!overrides) require(overrides.error().what.starts_with("o.csv"));
  return 0;
}
