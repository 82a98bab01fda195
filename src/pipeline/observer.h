// Observer: how a running stage tells what it does; the library itself never prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/pacer.h"

namespace signals {

struct Progress {
  std::int64_t done = 0, total = 0;  // tickers
  std::int64_t failed = 0;
  std::int64_t rows = 0;
  std::optional<PaceState> pace{};  // of a source that is asked at a pace
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void progress(const Progress& progress) = 0;
  virtual void info(const std::string& message) = 0;
  virtual void warn(const std::string& message) = 0;
};

}  // namespace signals
