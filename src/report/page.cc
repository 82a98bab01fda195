#include <string_view>

#include "report/report.h"

namespace signals {

// web/page.html, as CMake found it.
std::string_view page_template();

namespace {

constexpr std::string_view kPlace = "{{figures}}";

}  // namespace

std::string report_page(const std::string& figures) {
  std::string page(page_template());
  const auto at = page.find(kPlace);
  return page.replace(at, kPlace.size(), figures);
}

std::size_t empty_page_bytes() { return page_template().size(); }

}  // namespace signals
