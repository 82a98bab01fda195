// Any bytes as a CSV file of bars.
#include <string_view>

#include "bar_rules.h"
#include "source/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace signals;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto history = read_csv(bytes, "f.csv");
  if (!history) {
    require(history.error().what.starts_with("f.csv: "));
    return 0;
  }
  check_bar_rules(*history);
  // A missing line end at the end of a file means nothing.
  const auto again = read_csv(std::string(bytes) + "\n", "f.csv");
  require(again && again->bars.size() == history->bars.size());
  return 0;
}
