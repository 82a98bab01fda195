// report: one page on what is in a lake and how far it can be trusted. The figures are data (JSON);
// the page around them is built from web/.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/date.h"
#include "lake/store.h"

namespace signals {

struct ReportRequest {
  Date d{};                          // the round that GO or NO-GO is about
  double min_fresh = 0.5;            // NO-GO below this share of fresh names
  std::vector<std::string> tickers;  // of the explorer; none: some of each country
  Instant now{};
  std::size_t most_bytes = 3'000'000;  // of the page
};

// A section whose tables could not be read; the page says so in its place.
struct FailedSection {
  std::string section;
  Error error;
};

struct Report {
  std::string figures;  // JSON; no "</" and no "<!" in it, as a script element wants
  std::vector<FailedSection> failed;
  std::string verdict;     // GO, or NO-GO and why
  std::size_t tables = 0;  // of the lake; 0: it is empty
};

// Reads tables only, a row group or a small table at a time. What cannot be read is told in its
// section; an error only when the lake itself cannot be listed.
Result<Report> make_report(const std::shared_ptr<ObjectStore>& lake, const ReportRequest& request);

// The page with these figures.
std::string report_page(const std::string& figures);

// The size of the page without any figures.
std::size_t empty_page_bytes();

// The members of dates so long before D are looked at.
inline constexpr std::chrono::days kUniverseReach{60};

}  // namespace signals
