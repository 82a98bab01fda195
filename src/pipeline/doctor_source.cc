#include <fmt/format.h>

#include <array>
#include <map>

#include "core/text.h"
#include "pipeline/bars.h"
#include "pipeline/doctor.h"

namespace signals {
namespace {

using std::chrono::days;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array kProbes = std::to_array<ProbeSymbol>({{"AAPL", "USD"},     // New York
                                                           {"7203.T", "JPY"},   // Toyota, Tokyo
                                                           {"SAP.DE", "EUR"},   // Xetra
                                                           {"BHP.AX", "AUD"},   // Sydney
                                                           {"VOD.L", "GBp"}});  // London, in pence

// No exchange of ours has ever been closed for longer.
constexpr days kProbed{14};

// Passes requests and replies on, and notes what the bars' reader has no use for.
class Witness final : public HttpClient {
 public:
  Witness(std::shared_ptr<HttpClient> client, Clock& clock, std::function<Instant()> machine_time)
      : client_(std::move(client)), clock_(clock), machine_time_(std::move(machine_time)) {}

  void start(std::size_t id, const std::string& url) override {
    if (!first_start_) first_start_ = clock_.elapsed();
    client_->start(id, url);
  }
  std::vector<Done> wait(milliseconds at_most) override {
    auto done = client_->wait(at_most);
    for (const auto& one : done) note(one);
    return done;
  }
  [[nodiscard]] std::size_t in_flight() const override { return client_->in_flight(); }
  void wake() override { client_->wake(); }

  Seen seen;

 private:
  void note(const Done& done) {
    seen.handshake_failed |= done.handshake_failed;
    if (!done.reply) return;
    if (seen.replies++ == 0) seen.first_reply = clock_.elapsed() - *first_start_;
    if (!done.reply->date || seen.clock_error) return;
    seen.clock_error = duration_cast<seconds>(machine_time_() - *done.reply->date);
  }

  std::shared_ptr<HttpClient> client_;
  Clock& clock_;
  std::function<Instant()> machine_time_;
  std::optional<milliseconds> first_start_;
};

Finding failure(std::string check, ErrorCode code, std::string found, std::string advice) {
  return {std::move(check), Verdict::fail, std::move(found), std::move(advice),
          error_info(code).exit_code};
}

Finding judge_probe(const std::string& symbol, std::string_view currency,
                    const Result<History>& history, const Window& window, Instant now) {
  const auto warn = [&](std::string found, std::string advice) {
    return Finding{symbol, Verdict::warn, std::move(found), std::move(advice)};
  };
  const auto nothing = [&] {
    return warn(fmt::format("no bars in the last {} days", kProbed.count()),
                "if other symbols have some, this one is no longer traded");
  };
  if (!history) {
    const Error& error = history.error();
    if (error.code == ErrorCode::no_rows) return nothing();
    if (error.code == ErrorCode::unknown_ticker) {
      return warn(error.what, "if the others are known, it has another symbol now");
    }
    return failure(symbol, error.code, error.what, std::string(error_info(error.code).remedy));
  }
  const Accepted accepted = accept(*history, window, now);
  const auto& rows = accepted.fetched.rows;
  if (rows.empty()) return nothing();
  const auto served = rows.currency.view();
  std::string found = fmt::format("bars to {}, {}, {}", to_string(rows.date(rows.size() - 1)),
                                  served, history->exchange.view());
  if (!currency.empty() && currency != served) {
    return warn(found + fmt::format(" (not {})", currency),
                "look at a bar of it before you load: the source may mean another company");
  }
  return {symbol, Verdict::ok, std::move(found)};
}

class Examination {
 public:
  Examination(const DoctorRequest& request, Observer& observer)
      : request_(request), observer_(observer) {}

  Result<SourceFindings> run() {
    const bool yahoo = request_.source == "yahoo";
    const std::string& url = request_.options.base_url;
    place_ = yahoo ? public_url(url.empty() ? kYahooUrl : url) : request_.source;
    while (yahoo && place_.ends_with('/')) place_.pop_back();
    SourceOptions options = request_.options;
    if (!options.client && yahoo) options.client = make_yahoo_client();
    const auto witness =
        std::make_shared<Witness>(options.client, *options.clock, request_.machine_time);
    options.client = witness;
    auto source = open_source(request_.source, options);
    if (!source) {
      const Error& error = source.error();
      if (error.code == ErrorCode::usage) return tl::unexpected(error);
      return SourceFindings{
          failure("source", error.code, error.what, std::string(error_info(error.code).remedy)),
          {},
          {}};
    }
    if (!(*source)->remote()) return files(**source);
    const auto wanted = choose();
    FetchEnd end = ask(**source, {wanted.data(), 1});
    seen_ = witness->seen;
    if (end == FetchEnd::complete && seen_.replies > 0) {
      end = ask(**source, std::span(wanted).subspan(1));
      seen_ = witness->seen;
    }
    if (end == FetchEnd::stopped) {
      return fail(ErrorCode::interrupted, fmt::format("doctor: {} has not answered yet", place_));
    }
    return conclude(wanted, end);
  }

 private:
  [[nodiscard]] std::vector<ProbeSymbol> choose() const {
    std::vector<ProbeSymbol> chosen;
    for (const auto& ticker : request_.tickers) chosen.push_back({ticker, {}});
    if (chosen.empty()) chosen.assign(kProbes.begin(), kProbes.end());
    return chosen;
  }

  [[nodiscard]] Window window() const {
    const Date today = std::chrono::floor<days>(request_.options.now);
    return {today - kProbed, today + days(2)};
  }

  FetchEnd ask(Source& source, std::span<const ProbeSymbol> symbols) {
    std::vector<Query> queries;
    std::vector<std::string> names;
    for (const auto& one : symbols) {
      names.emplace_back(one.symbol);
      queries.push_back({names.back(), window()});
    }
    if (queries.empty()) return FetchEnd::complete;
    observer_.info(fmt::format("asking {} for {}", place_, fmt::join(names, ", ")));
    return source.fetch(queries, [&](std::size_t index, Result<History> history) {
      answers_.emplace(queries[index].ticker, std::move(history));
      return true;
    });
  }

  [[nodiscard]] SourceFindings files(const Source& source) const {
    const auto tickers = source.tickers();
    if (!tickers) {
      const Error& error = tickers.error();
      return {failure("source", error.code, error.what, std::string(error_info(error.code).remedy)),
              {},
              {}};
    }
    Finding finding{"source", Verdict::ok,
                    fmt::format("tickers in {}: {}", place_,
                                with_commas(static_cast<std::int64_t>(tickers->size())))};
    if (tickers->empty()) {
      finding.verdict = Verdict::warn;
      finding.advice = "put one CSV file for each ticker there";
    }
    return {std::move(finding), {}, {}};
  }

  SourceFindings conclude(const std::vector<ProbeSymbol>& wanted, FetchEnd end) const {
    std::vector<Finding> probes;
    for (const auto& [symbol, currency] : wanted) {
      const auto answer = answers_.find(std::string(symbol));
      if (answer == answers_.end() || is(answer->second, ErrorCode::refused) ||
          seen_.replies == 0) {
        const char* found = answer == answers_.end() ? "not asked" : "no bars: see `source`";
        probes.push_back({std::string(symbol), Verdict::warn, found});
        continue;
      }
      probes.push_back(
          judge_probe(answer->first, currency, answer->second, window(), request_.options.now));
    }
    return {judge(end), std::move(probes), seen_};
  }

  static bool is(const Result<History>& answer, ErrorCode code) {
    return !answer && answer.error().code == code;
  }

  // The first answer with this error; null if there is none.
  [[nodiscard]] const Error* error_of(ErrorCode code) const {
    for (const auto& [symbol, answer] : answers_) {
      if (is(answer, code)) return &answer.error();
    }
    return nullptr;
  }

  [[nodiscard]] Finding judge(FetchEnd end) const {
    if (seen_.replies == 0) {
      const Error* error = error_of(ErrorCode::unreachable);
      return failure("source", ErrorCode::unreachable,
                     error != nullptr ? error->what : place_ + " does not answer",
                     "check the network, the name server and any proxy or firewall; then run "
                     "doctor again");
    }
    if (const Error* error = error_of(ErrorCode::refused)) return refusal(*error);
    if (std::ranges::all_of(
            answers_, [](const auto& one) { return is(one.second, ErrorCode::unknown_ticker); })) {
      return failure("source", ErrorCode::unknown_ticker,
                     fmt::format("{} knows none of the symbols", place_),
                     "check --yahoo-url: a server that answers as Yahoo does has "
                     "/v8/finance/chart/SYMBOL");
    }
    if (end != FetchEnd::complete) {
      return failure("source", ErrorCode::unreachable, place_ + " answers no more",
                     "run doctor again later");
    }
    return {
        "source", Verdict::ok,
        fmt::format("{} answers, the first time after {} ms", place_, seen_.first_reply->count())};
  }

  [[nodiscard]] Finding refusal(const Error& error) const {
    std::int64_t answered = 0;
    for (const auto& [symbol, answer] : answers_) answered += is(answer, error.code) ? 0 : 1;
    const std::string found = fmt::format("{} refuses us: {}", place_, error.what);
    if (answered > 0) {
      return failure("source", error.code, found + fmt::format(" (after {} answers)", answered),
                     "too much was asked from this address: wait an hour, then go on at the "
                     "default --rate");
    }
    return failure(
        "source", error.code, found,
        "addresses of data centres often are refused, as is one that asked too much within the "
        "hour. Wait an hour; if it stays so, load from another address (a home line) and bring the "
        "lake here, or load files with --source files:DIR");
  }

  const DoctorRequest& request_;
  Observer& observer_;
  std::string place_;
  std::map<std::string, Result<History>> answers_;
  Seen seen_;
};

}  // namespace

std::span<const ProbeSymbol> probe_symbols() { return kProbes; }

Result<SourceFindings> examine_source(const DoctorRequest& request, Observer& observer) {
  return Examination(request, observer).run();
}

}  // namespace signals
