// A reply in the shape of Yahoo's v8/chart.
#pragma once

#include <string>

#include "yahoo_sim/market.h"

namespace yahoo_sim {

struct Reply {
  int status = 200;
  std::string body;
};

// Bars whose session begins in [period1, period2), and the live one; 404 and 400 as Yahoo gives
// them.
Reply chart_reply(const Market& market, const std::string& symbol, std::int64_t period1,
                  std::int64_t period2);

// {"chart":{"result":null,"error":{…}}}
Reply error_reply(int status, const std::string& code, const std::string& description);

}  // namespace yahoo_sim
