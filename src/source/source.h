// Source: where daily bars come from. One row of sources.def each.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bar.h"
#include "core/clock.h"
#include "core/result.h"
#include "net/fetch.h"

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
  std::string location{};                       // what follows the colon of --source
  std::string base_url{};                       // of a server that speaks as the source does
  double rate = 1;                              // most requests a second; 0 is unpaced
  std::chrono::milliseconds cooldown{120'000};  // the first pause after a refusal
  bool patient = true;                          // false: the first refusal is for good
  Instant now{};
  Clock* clock = nullptr;
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const std::string& message)> warn{};  // of refusals, pauses and their end
  std::shared_ptr<HttpClient> client{};                    // asks; empty: the source's own
};

class Source {
 public:
  virtual ~Source() = default;

  // The tickers it holds, if it can list them (a folder of files); empty when it cannot.
  [[nodiscard]] virtual Result<std::vector<std::string>> tickers() const = 0;

  // Whether a small window costs less than a whole history, and answers may be missing for a while.
  [[nodiscard]] virtual bool remote() const { return true; }

  // Called once per query, in any order. An error belongs to this ticker alone: unknown_ticker,
  // no_rows, bad_request, bad_reply, bad_csv, no_input, http_status, unreachable, refused. False
  // stops. An end of `refused` or `unreachable` is for good: what has no answer was not asked, but
  // for the one query whose error says why.
  using Sink = std::function<bool(std::size_t index, Result<History> history)>;
  virtual FetchEnd fetch(std::span<const Query> queries, const Sink& sink) = 0;

  // Of a source that is asked at a pace; lasts from one fetch() to the next.
  [[nodiscard]] virtual std::optional<PaceState> pace() const { return std::nullopt; }
};

// Opens "yahoo" or "files:DIR". Usage error for an unknown name, no_input for a missing folder.
Result<std::unique_ptr<Source>> open_source(const std::string& name, SourceOptions options);

inline constexpr const char* kYahooUrl = "https://query2.finance.yahoo.com";

// What asks Yahoo when no other client is given: it gives our name.
std::unique_ptr<HttpClient> make_yahoo_client();

Result<std::unique_ptr<Source>> make_yahoo_source(const SourceOptions& options);
Result<std::unique_ptr<Source>> make_files_source(const SourceOptions& options);

}  // namespace signals
