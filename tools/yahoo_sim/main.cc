// yahoo_sim: a server that answers as Yahoo's v8/chart does, over a market of its own. For the demo
// and the tests; see docs/development.md.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <httplib.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "core/text.h"
#include "yahoo_sim/chart_reply.h"
#include "yahoo_sim/faults.h"

namespace yahoo_sim {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::uint64_t seed = 1;
  std::size_t tickers = 44;
  std::string now = "2022-10-21T23:00:00Z";
  int port = 0;
  long clock_error = 0;
  std::string bodies;
  std::vector<std::string> faults, delist, reuse, split;
  std::string start = "1990-01-01", end = "2100-01-01";
};

// A recorded body of the folder: SYMBOL.json, else the first SYMBOL_….json by name.
std::optional<Reply> recorded(const std::string& folder, const std::string& symbol) {
  std::optional<fs::path> best;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool matches =
        name == symbol + ".json" || (name.starts_with(symbol + "_") && name.ends_with(".json"));
    if (matches && (!best || entry.path() < *best)) best = entry.path();
  }
  if (!best) return std::nullopt;
  std::ifstream file(*best, std::ios::binary);
  std::ostringstream body;
  body << file.rdbuf();
  Reply reply{200, std::move(body).str()};
  if (reply.body.find("\"Not Found\"") != std::string::npos) reply.status = 404;
  if (reply.body.find("\"Bad Request\"") != std::string::npos) reply.status = 400;
  return reply;
}

void send(httplib::Response& response, const Reply& reply) {
  response.status = reply.status;
  response.set_content(reply.body, "application/json");
}

void send_fault(httplib::Response& response, Faulty fault, const Reply& reply) {
  if (fault.retry_after > 0) {
    response.set_header("Retry-After", std::to_string(fault.retry_after));
  }
  switch (fault.kind) {
    case Fault::none:
      return send(response, reply);
    case Fault::status_404:
      return send(response, error_reply(404, "Not Found", "No data found, symbol may be delisted"));
    case Fault::status_429:
      response.status = 429;
      return response.set_content("Too Many Requests\r\n", "text/plain");
    case Fault::status_500:
      response.status = 500;
      return response.set_content("internal error", "text/plain");
    case Fault::slow:
      std::this_thread::sleep_for(std::chrono::seconds(1));
      return send(response, reply);
    case Fault::truncated:  // announces the whole, sends half, hangs up
      return response.set_content_provider(
          reply.body.size(), "application/json",
          [body = reply.body](std::size_t offset, std::size_t, httplib::DataSink& sink) {
            if (offset > 0) return false;
            sink.write(body.data(), body.size() / 2);
            return true;
          });
    case Fault::html:
      return response.set_content("<!doctype html><title>Will be right back</title>", "text/html");
    case Fault::block:
      return response.set_content("<html><title>Access Denied</title></html>", "text/html");
    case Fault::empty:
      return response.set_content("", "application/json");
  }
}

std::int64_t number(const httplib::Request& request, const char* name) {
  const std::string text = request.get_param_value(name);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// What was asked so far, for tests: the number of charts, and by whom.
class Seen {
 public:
  void count(const std::string& agent) {
    const std::lock_guard lock(mutex_);
    ++requests_;
    agents_.insert(agent);
  }
  std::string as_json() {
    const std::lock_guard lock(mutex_);
    return fmt::format(R"({{"requests": {}, "agents": ["{}"]}})", requests_,
                       fmt::join(agents_, R"(", ")"));
  }

 private:
  std::mutex mutex_;
  long requests_ = 0;
  std::set<std::string> agents_;
};

std::string http_date(long clock_error) {
  const auto now = std::chrono::system_clock::now() + std::chrono::seconds(clock_error);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

int serve(const Options& options, const Market& market, Faults& faults) {
  Seen seen;
  httplib::Server server;
  server.set_keep_alive_max_count(100'000);
  server.set_tcp_nodelay(true);
  // A kept connection holds its thread: fewer threads than clients would make clients wait.
  server.new_task_queue = [] { return new httplib::ThreadPool(64); };
  server.Get(R"(/v8/finance/chart/([^/]+))", [&](const httplib::Request& request,
                                                 httplib::Response& response) {
    const std::string symbol = request.matches[1];
    std::optional<Reply> reply;
    if (!options.bodies.empty()) reply = recorded(options.bodies, symbol);
    if (!reply) {
      reply = chart_reply(market, symbol, number(request, "period1"), number(request, "period2"));
    }
    seen.count(request.get_header_value("User-Agent"));
    response.set_header("Date", http_date(options.clock_error));
    send_fault(response, faults.next(symbol), *reply);
  });
  server.Get("/stats", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(seen.as_json(), "application/json");
  });
  const int port = options.port != 0
                       ? (server.bind_to_port("127.0.0.1", options.port) ? options.port : -1)
                       : server.bind_to_any_port("127.0.0.1");
  if (port < 0) {
    fmt::print(stderr, "yahoo_sim: cannot listen on port {}\n", options.port);
    return 1;
  }
  fmt::print("http://127.0.0.1:{}\n", port);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}

double value_on(const std::vector<Event>& events, Date date, double none) {
  for (const auto& event : events) {
    if (event.date == date) return event.value;
  }
  return none;
}

// What a perfect loader would have in `prices`: CSV, tickers in the server's order.
void print_truth(const Market& market, Date start, Date end) {
  fmt::print("ticker,date,open,high,low,close,volume,dividend,split_ratio\n");
  for (const auto& company : market.companies()) {
    if (market.gone(company) || market.find(company.ticker) != &company) continue;
    const Series series = market.series(company);
    double dividend = 0, split = 1;  // of a day whose bar is null: they act on the next bar
    for (const auto& bar : series.bars) {
      if (bar.date < start || bar.date >= end) continue;
      dividend += value_on(series.dividends, bar.date, 0);
      split *= value_on(series.splits, bar.date, 1);
      if (bar.null || bar.live) continue;
      fmt::print("{},{},{},{},{},{},{},{},{}\n", company.ticker, signals::to_string(bar.date),
                 bar.open, bar.high, bar.low, bar.close, bar.volume, dividend, split);
      dividend = 0;
      split = 1;
    }
  }
}

// Has an event of a TICKER:DATE[:RATIO] happen.
bool apply(Market& market, bool (Market::*event)(const std::string&, Date, double),
           const std::string& spec) {
  const auto parts = signals::split(spec, ':');
  if (parts.size() < 2) return false;
  const auto date = signals::parse_date(parts[1]);
  const double value = parts.size() > 2 ? std::strtod(parts[2].c_str(), nullptr) : 1;
  return date && (market.*event)(parts[0], *date, value);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"A server that answers as Yahoo's v8/chart does, over a simulated market"};
  app.require_subcommand(1);
  app.add_option("--seed", options.seed, "of the market")->capture_default_str();
  app.add_option("--tickers", options.tickers, "how many, dealt over eleven exchanges")
      ->capture_default_str();
  app.add_option("--now", options.now, "the market's present, UTC")->capture_default_str();
  auto* serving = app.add_subcommand("serve", "answer requests; the first line printed is the URL");
  serving->add_option("--port", options.port, "0 takes a free one")->capture_default_str();
  serving
      ->add_option("--clock-error", options.clock_error,
                   "seconds that the Date header is ahead of this machine's clock")
      ->capture_default_str();
  serving->add_option("--bodies", options.bodies, "folder of recorded bodies that come first");
  serving->add_option(
      "--fault", options.faults,
      "KIND:TICKER[:COUNT or N%] with KIND 404, 429, 500 (+SECONDS for "
      "Retry-After), slow, truncated, html, block, empty, pass (none: for the first "
      "COUNT); TICKER * or *.L");
  auto* truth = app.add_subcommand("truth", "print what `prices` should hold, as CSV");
  truth->add_option("--start", options.start, "first date")->capture_default_str();
  truth->add_option("--end", options.end, "date to stop before")->capture_default_str();
  auto* list = app.add_subcommand("tickers", "print the tickers that are listed, one a line");
  auto* universe = app.add_subcommand(
      "universe", "print the market as a universe file, CSV; `truth` is the symbol to be found");
  app.add_option("--delist", options.delist, "TICKER:DATE, unknown to the server from then on");
  app.add_option("--reuse", options.reuse, "TICKER:DATE, another company's from then on");
  app.add_option("--split", options.split, "TICKER:DATE:RATIO, one more split");
  CLI11_PARSE(app, argc, argv);

  const auto now = signals::parse_instant(options.now);
  const auto start = signals::parse_date(options.start);
  const auto end = signals::parse_date(options.end);
  Faults faults;
  for (const auto& spec : options.faults) {
    if (const auto added = faults.add(spec); !added) {
      fmt::print(stderr, "yahoo_sim: {}\n", added.error().what);
      return 2;
    }
  }
  if (!now || !start || !end) {
    fmt::print(stderr, "yahoo_sim: a date or time cannot be read\n");
    return 2;
  }
  Market market(options.seed, options.tickers, *now);
  for (const auto& [specs, what] :
       {std::pair(&options.delist, &Market::delist), std::pair(&options.reuse, &Market::reuse),
        std::pair(&options.split, &Market::split)}) {
    for (const auto& spec : *specs) {
      if (!apply(market, what, spec)) {
        fmt::print(stderr, "yahoo_sim: {}: it is TICKER:DATE[:RATIO] of a ticker\n", spec);
        return 2;
      }
    }
  }
  if (list->parsed()) {
    for (const auto& company : market.companies()) {
      if (!market.gone(company) && market.find(company.ticker) == &company) {
        fmt::print("{}\n", company.ticker);
      }
    }
    return 0;
  }
  if (universe->parsed()) {
    fmt::print("numerai_ticker,composite_figi,date,truth\n");
    for (const auto& row : market.universe()) {
      fmt::print("{},{},{},{}\n", row.numerai_ticker, row.composite_figi,
                 signals::to_string(row.date), row.truth);
    }
    return 0;
  }
  if (truth->parsed()) {
    print_truth(market, *start, *end);
    return 0;
  }
  return serve(options, market, faults);
}

}  // namespace
}  // namespace yahoo_sim

int main(int argc, char** argv) { return yahoo_sim::run(argc, argv); }
