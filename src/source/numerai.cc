#include "source/numerai.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "core/text.h"
#include "net/http.h"

namespace signals {
namespace {

using std::chrono::milliseconds;

constexpr const char* kHost = "https://api-tournament.numer.ai/";
constexpr const char* kUserAgent = "signals/" SIGNALS_VERSION;
constexpr int kTries = 3;
constexpr milliseconds kFirstPause{1000};

bool is_version(const std::string& text) {
  const auto dot = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  return text.starts_with('v') && dot != std::string::npos &&
         digits(std::string_view(text).substr(1, dot - 1)) &&
         digits(std::string_view(text).substr(dot + 1));
}

// One request to its end; a stop request ends it, too.
Result<HttpReply> ask_once(const HttpOptions& http, const std::string& url,
                           const NumeraiOptions& options) {
  const auto client = make_curl_client(http);
  client->start(0, url);
  while (true) {
    for (auto& done : client->wait(milliseconds(200))) return unpacked(std::move(done.reply), url);
    if (options.stop != nullptr && options.stop->load()) {
      return fail(ErrorCode::interrupted, fmt::format("{}: not finished", public_url(url)));
    }
  }
}

// The body of a reply with status 200. Faults that may pass are tried again.
Result<std::string> ask(const HttpOptions& http, const std::string& url,
                        const NumeraiOptions& options) {
  for (int attempt = 1;; ++attempt) {
    auto reply = ask_once(http, url, options);
    if (reply && reply->status == 200) return std::move(reply->body);
    Error error = reply ? Error(reply->status == 429 || reply->status == 403 ? ErrorCode::refused
                                : reply->status >= 500 ? ErrorCode::http_status
                                                       : ErrorCode::bad_reply,
                                fmt::format("{}: HTTP {} {}", public_url(url), reply->status,
                                            one_line(reply->body, 60)))
                        : reply.error();
    const bool may_pass =
        error.code == ErrorCode::unreachable || error.code == ErrorCode::http_status;
    if (!may_pass || attempt == kTries) return tl::unexpected(std::move(error));
    options.clock->sleep(kFirstPause * (1 << (attempt - 1)));
  }
}

std::string host_of(const NumeraiOptions& options) {
  return options.base_url.empty() ? kHost : options.base_url;
}

// A date as a number: 20221021.
std::optional<Date> date_of_number(std::int64_t number) {
  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(number / 10000)),
      std::chrono::month(static_cast<unsigned>(number / 100 % 100)),
      std::chrono::day(static_cast<unsigned>(number % 100))};
  return date.ok() ? std::optional<Date>(date) : std::nullopt;
}

}  // namespace

Result<Date> newest_round(const NumeraiOptions& options) {
  // Round 0 is the newest one.
  const std::string query =
      R"({"query":"query { rounds(tournament: 11, number: 0) { number dataDatestamp } }"})";
  const std::string host = host_of(options);
  SIGNALS_ASSIGN(const std::string body,
                 ask({.user_agent = kUserAgent, .json = query}, host, options));
  simdjson::dom::parser parser;
  simdjson::dom::element reply;
  simdjson::dom::array rounds;
  std::optional<Date> newest;
  if (parser.parse(body).get(reply) == simdjson::SUCCESS &&
      reply["data"]["rounds"].get(rounds) == simdjson::SUCCESS) {
    for (const auto round : rounds) {
      std::int64_t number = 0;
      if (round["dataDatestamp"].get(number) != simdjson::SUCCESS) continue;
      const auto date = date_of_number(number);
      if (date && (!newest || *newest < *date)) newest = date;
    }
  }
  if (newest) return *newest;
  return fail(ErrorCode::bad_reply, fmt::format("{}: no date of a round in the reply: {}",
                                                public_url(host), one_line(body, 120)));
}

Result<std::string> download_live_universe(const std::string& version,
                                           const NumeraiOptions& options) {
  if (!is_version(version)) {
    return fail(ErrorCode::usage,
                fmt::format("--universe numerai:{}: a version is written as in numerai:{}", version,
                            kNumeraiVersion));
  }
  const std::string host = host_of(options);
  const std::string query = fmt::format(
      R"({{"query":"query($filename: String!) {{ dataset(filename: $filename, tournament: 11) }}",)"
      R"("variables":{{"filename":"signals/{}/live.parquet"}}}})",
      version);
  SIGNALS_ASSIGN(const std::string body,
                 ask({.user_agent = kUserAgent, .json = query}, host, options));
  simdjson::dom::parser parser;
  simdjson::dom::element reply;
  std::string_view url;
  if (parser.parse(body).get(reply) != simdjson::SUCCESS ||
      reply["data"]["dataset"].get(url) != simdjson::SUCCESS) {
    return fail(ErrorCode::bad_reply,
                fmt::format("{}: no address of {}/live.parquet in the reply: {}", public_url(host),
                            version, one_line(body, 120)));
  }
  if (!url.starts_with("https://") && options.base_url.empty()) {
    return fail(ErrorCode::bad_reply,
                fmt::format("{}: the address is not https", public_url(host)));
  }
  return ask({.user_agent = kUserAgent}, std::string(url), options);
}

}  // namespace signals
