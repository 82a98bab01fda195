// Any bytes as a reply of v8/chart, under every status that matters.
#include <string>

#include "bar_rules.h"
#include "source/chart.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace signals;
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 400, 404, 429, 500}) {
    const auto history = read_chart(status, body, "SAAA");
    if (!history) {
      require(!history.error().what.empty() && history.error().what.size() < 1000);
      continue;
    }
    require(status == 200);
    check_bar_rules(*history);
    // White space around a body means nothing.
    const auto again = read_chart(status, " \n" + body + "\n", "saaa");
    require(again && again->bars.size() == history->bars.size());
  }
  return 0;
}
