// Yahoo's v8/chart: one GET per ticker with period1 and period2 (never `range`, which overrides
// them).
#include <fmt/format.h>

#include "net/fetch.h"
#include "source/chart.h"
#include "source/source.h"

namespace signals {
namespace {

constexpr const char* kHost = "https://query2.finance.yahoo.com";
// Names us; the compatible form because bare tool names are refused.
constexpr const char* kUserAgent = "Mozilla/5.0 (compatible; signals/" SIGNALS_VERSION ")";
// So many tickers in a row without any reply, and none with: the server is not there.
constexpr int kGiveUpAfter = 4;

// Sessions are cut by their local date, the request is in UTC: a day of slack. Before the window
// more of it: an event of a day without a bar acts on the window's first.
constexpr std::chrono::days kSlackBefore{15};
constexpr std::chrono::days kSlackAfter{1};

std::string chart_url(const std::string& host, const Query& query) {
  using std::chrono::seconds;
  const auto utc = [](Date date) { return seconds(date.time_since_epoch()).count(); };
  return fmt::format(
      "{}/v8/finance/chart/{}?period1={}&period2={}&interval=1d&events=div%2Csplits%2CcapitalGains"
      "&includeAdjustedClose=true",
      host, encode_segment(query.ticker), utc(query.window.from - kSlackBefore),
      utc(query.window.to + kSlackAfter));
}

class YahooSource final : public Source {
 public:
  explicit YahooSource(SourceOptions options)
      : options_(std::move(options)), client_(make_curl_client({.user_agent = kUserAgent})) {
    if (options_.base_url.empty()) options_.base_url = kHost;
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
  }

  [[nodiscard]] Result<std::vector<std::string>> tickers() const override {
    return std::vector<std::string>{};
  }

  FetchEnd fetch(std::span<const Query> queries, const Sink& sink) override {
    std::vector<std::string> urls;
    urls.reserve(queries.size());
    for (const auto& query : queries) urls.push_back(chart_url(options_.base_url, query));

    FetchEnd end = FetchEnd::complete;
    const bool finished = fetch_all(
        *client_, *options_.clock, {.rate = options_.rate, .stop = options_.stop}, urls,
        [&](std::size_t index, Result<HttpReply> reply, bool last_try) {
          auto history = reply ? read_chart(reply->status, reply->body, queries[index].ticker)
                               : Result<History>(tl::unexpected(reply.error()));
          if (history) keep_window(*history, queries[index].window);
          const Verdict verdict = judge(history, last_try, end);
          if (verdict == Verdict::retry && !last_try) return verdict;
          if (!sink(index, std::move(history))) {
            end = FetchEnd::stopped;
            return Verdict::stop;
          }
          return verdict;
        });
    return finished || end != FetchEnd::complete ? end : FetchEnd::stopped;
  }

 private:
  // The bars of the slack were asked for by us alone.
  static void keep_window(History& history, const Window& window) {
    history.events_from = window.from - kSlackBefore;
    std::erase_if(history.bars, [&](const SourceBar& bar) { return !window.contains(bar.date); });
  }

  Verdict judge(const Result<History>& history, bool last_try, FetchEnd& end) {
    const ErrorCode code = history ? ErrorCode::internal : history.error().code;
    if (history || code != ErrorCode::unreachable) reached_ = true;
    switch (code) {
      case ErrorCode::refused:
        end = FetchEnd::refused;
        return Verdict::stop;
      case ErrorCode::unreachable:
        if (last_try && !reached_ && ++unreachable_ >= kGiveUpAfter) {
          end = FetchEnd::unreachable;
          return Verdict::stop;
        }
        return Verdict::retry;
      case ErrorCode::http_status:
      case ErrorCode::bad_reply:
        return Verdict::retry;
      default:
        return Verdict::done;
    }
  }

  SourceOptions options_;
  std::unique_ptr<HttpClient> client_;
  bool reached_ = false;
  int unreachable_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> make_yahoo_source(const SourceOptions& options) {
  if (!options.location.empty()) {
    return fail(ErrorCode::usage, fmt::format("--source yahoo:{}: yahoo takes no location; name a "
                                              "server with --yahoo-url",
                                              options.location));
  }
  if (!options.base_url.empty() && !options.base_url.starts_with("http://") &&
      !options.base_url.starts_with("https://")) {
    return fail(
        ErrorCode::usage,
        fmt::format("--yahoo-url {}: it must begin with http:// or https://", options.base_url));
  }
  return std::make_unique<YahooSource>(options);
}

}  // namespace signals
