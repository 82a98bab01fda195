// Yahoo's v8/chart: one GET per ticker with period1 and period2 (never `range`, which overrides
// them).
#include <fmt/format.h>

#include "net/fetch.h"
#include "source/chart.h"
#include "source/source.h"

namespace signals {
namespace {

// Names us; the compatible form because bare tool names are refused.
constexpr const char* kUserAgent = "Mozilla/5.0 (compatible; signals/" SIGNALS_VERSION ")";
// Sessions are cut by their local date, the request is in UTC: a day of slack. Before the window
// more of it: an event of a day without a bar acts on the window's first.
constexpr std::chrono::days kSlackBefore{15};
constexpr std::chrono::days kSlackAfter{1};
// Requests that wait behind those at the server, without pacing: some milliseconds of its work.
constexpr std::size_t kQueue = 32;

std::string chart_url(const std::string& host, const Query& query) {
  using std::chrono::seconds;
  const auto utc = [](Date date) { return seconds(date.time_since_epoch()).count(); };
  return fmt::format(
      "{}/v8/finance/chart/{}?period1={}&period2={}&interval=1d&events=div%2Csplits%2CcapitalGains"
      "&includeAdjustedClose=true",
      host, encode_segment(query.ticker), utc(query.window.from - kSlackBefore),
      utc(query.window.to + kSlackAfter));
}

Meaning meaning_of(const Result<History>& history) {
  if (history) return Meaning::answer;
  switch (history.error().code) {
    case ErrorCode::refused:
      return Meaning::refusal;
    case ErrorCode::unreachable:
    case ErrorCode::http_status:
    case ErrorCode::bad_reply:
      return Meaning::failure;
    default:
      return Meaning::answer;
  }
}

// The bars of the slack were asked for by us alone.
void keep_window(History& history, const Window& window) {
  history.events_from = window.from - kSlackBefore;
  std::erase_if(history.bars, [&](const SourceBar& bar) { return !window.contains(bar.date); });
}

class Charts final : public Replies {
 public:
  Charts(std::span<const Query> queries, const Source::Sink& sink)
      : queries_(queries), sink_(sink) {}

  Meaning read(std::size_t index, Result<HttpReply> reply) override {
    const Query& query = queries_[index];
    last_ = reply ? read_chart(reply->status, std::move(reply->body), query.ticker)
                  : Result<History>(tl::unexpected(std::move(reply).error()));
    if (last_) keep_window(*last_, query.window);
    return meaning_of(last_);
  }
  bool keep(std::size_t index) override { return sink_(index, std::move(last_)); }

 private:
  std::span<const Query> queries_;
  const Source::Sink& sink_;
  Result<History> last_;
};

class YahooSource final : public Source {
 public:
  explicit YahooSource(SourceOptions options)
      : options_(std::move(options)),
        client_(options_.client ? options_.client : make_yahoo_client()),
        pacer_(pace_of(options_), system_random()) {
    if (options_.base_url.empty()) options_.base_url = kYahooUrl;
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
  }

  [[nodiscard]] Result<std::vector<std::string>> tickers() const override {
    return std::vector<std::string>{};
  }

  FetchEnd fetch(std::span<const Query> queries, const Sink& sink) override {
    if (end_ != FetchEnd::complete) return end_;  // older requests may still be under way
    std::vector<std::string> urls;
    urls.reserve(queries.size());
    for (const auto& query : queries) urls.push_back(chart_url(options_.base_url, query));
    Charts charts(queries, sink);
    end_ = fetch_all(*client_, *options_.clock, pacer_,
                     {.stop = options_.stop, .warn = options_.warn}, urls, charts);
    return end_;
  }

  [[nodiscard]] std::optional<PaceState> pace() const override {
    return pacer_.state(options_.clock->elapsed());
  }

 private:
  static PaceOptions pace_of(const SourceOptions& options) {
    PaceOptions pace{.rate = options.rate, .cooldown = options.cooldown};
    if (!options.patient) pace.most_refusals = pace.most_at_first = 1;
    return pace;
  }

  SourceOptions options_;
  std::shared_ptr<HttpClient> client_;
  Pacer pacer_;
  FetchEnd end_ = FetchEnd::complete;  // of the last fetch
};

}  // namespace

std::unique_ptr<HttpClient> make_yahoo_client() {
  return in_background(make_curl_client({.user_agent = kUserAgent}), Pacer::kUnpacedInFlight,
                       kQueue);
}

Result<std::unique_ptr<Source>> make_yahoo_source(const SourceOptions& options) {
  if (!options.location.empty()) {
    return fail(ErrorCode::usage, fmt::format("--source yahoo:{}: yahoo takes no location; name a "
                                              "server with --yahoo-url",
                                              options.location));
  }
  if (!options.base_url.empty() && !options.base_url.starts_with("http://") &&
      !options.base_url.starts_with("https://")) {
    return fail(ErrorCode::usage,
                fmt::format("--yahoo-url {}: it must begin with http:// or https://",
                            public_url(options.base_url)));
  }
  return std::make_unique<YahooSource>(options);
}

}  // namespace signals
