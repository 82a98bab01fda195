// read_chart: a reply of Yahoo's v8/chart as bars and events. Pure; takes any bytes.
#pragma once

#include <string>
#include <string_view>

#include "core/bar.h"
#include "core/result.h"

namespace signals {

// Reads the reply to a request for the daily bars of `ticker`. Bars come out in time order with
// session dates in the exchange's time zone; nulls are kUnknown. No rows for a known ticker is an
// empty History. Errors: unknown_ticker, no_rows, bad_request, refused (401, 403, 429, 999,
// a redirect, a page that blocks), http_status (5xx), bad_reply (other HTML, truncated, ragged,
// another symbol or granularity, no time zone).
Result<History> read_chart(int status, std::string body, std::string_view ticker);

}  // namespace signals
