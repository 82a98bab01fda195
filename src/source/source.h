// Source: where daily bars come from. One row of sources.def each.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bar.h"
#include "core/clock.h"
#include "core/result.h"

namespace signals {

// Session dates that are asked for: `from` inclusive, `to` exclusive.
struct Window {
  Date from, to;
  [[nodiscard]] bool contains(Date date) const { return from <= date && date < to; }
};

struct Query {
  std::string ticker;
  Window window;
};

struct SourceOptions {
  std::string location{};  // what follows the colon of --source
  std::string base_url{};  // of a server that speaks as the source does
  double rate = 1;         // requests a second; 0 is unpaced
  Instant now{};
  Clock* clock = nullptr;
  const std::atomic<bool>* stop = nullptr;
};

enum class FetchEnd {
  complete,     // every query was answered
  refused,      // the source refuses us: nothing more was asked
  unreachable,  // the source cannot be reached at all: nothing more was asked
  stopped,      // the sink or SourceOptions::stop ended it
};

class Source {
 public:
  virtual ~Source() = default;

  // The tickers it holds, if it can list them (a folder of files); empty when it cannot.
  [[nodiscard]] virtual Result<std::vector<std::string>> tickers() const = 0;

  // Whether a small window costs less than a whole history, and answers may be missing for a while.
  [[nodiscard]] virtual bool remote() const { return true; }

  // Called once per query, in any order. An error belongs to this ticker alone: unknown_ticker,
  // no_rows, bad_request, bad_reply, bad_csv, no_input, http_status, unreachable. False stops.
  using Sink = std::function<bool(std::size_t index, Result<History> history)>;
  virtual FetchEnd fetch(std::span<const Query> queries, const Sink& sink) = 0;
};

// Opens "yahoo" or "files:DIR". Usage error for an unknown name, no_input for a missing folder.
Result<std::unique_ptr<Source>> open_source(const std::string& name, SourceOptions options);

Result<std::unique_ptr<Source>> make_yahoo_source(const SourceOptions& options);
Result<std::unique_ptr<Source>> make_files_source(const SourceOptions& options);

}  // namespace signals
