#include "cli/terminal.h"

#include <fmt/format.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace signals::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBarEvery{100};
constexpr milliseconds kLineEvery{2000};
constexpr int kBarWidth = 24;
// CloudWatch cuts a line at 256 KiB, and what is cut is no JSON.
constexpr std::size_t kLongestSummary = 200'000;

class SpdlogTerminal final : public Terminal {
 public:
  SpdlogTerminal(const TerminalOptions& options, Clock& clock)
      : options_(options), clock_(clock), begin_(clock.elapsed()), shown_(begin_) {
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
        options.colour ? spdlog::color_mode::always : spdlog::color_mode::never);
    logger_ = std::make_unique<spdlog::logger>("signals", std::move(sink));
    logger_->set_level(options.quiet ? spdlog::level::err : spdlog::level::info);
    logger_->set_pattern(
        options.json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%^%l%$: %v",
        spdlog::pattern_time_type::utc);
  }

  void progress(const Progress& progress) override {
    const std::lock_guard lock(mutex_);
    if (options_.quiet) return;
    const milliseconds now = clock_.elapsed();
    const bool last = progress.done == progress.total;
    const bool bar = options_.interactive && !options_.json;
    if (now - shown_ < (bar ? kBarEvery : kLineEvery) && !(bar && last)) return;
    shown_ = now;
    const double seconds = static_cast<double>((now - begin_).count()) / 1000;
    if (bar) {
      draw(progress, seconds);
    } else {
      say(spdlog::level::info, describe(progress, seconds));
    }
  }

  void info(const std::string& message) override {
    const std::lock_guard lock(mutex_);
    say(spdlog::level::info, message);
  }
  void warn(const std::string& message) override {
    const std::lock_guard lock(mutex_);
    say(spdlog::level::warn, message);
  }
  void error(const Error& error) override {
    const std::lock_guard lock(mutex_);
    clear();
    if (options_.json) {
      logger_->error(R"("code":{},"name":"{}","message":{})", static_cast<int>(error.code),
                     error_info(error.code).name, quoted(error.line()));
    } else {
      logger_->error(one_line(error.line(), 2000));
    }
  }
  void end(const Ending& ending) override {
    const std::lock_guard lock(mutex_);
    if (!options_.json) return;
    logger_->set_level(spdlog::level::info);
    logger_->info(
        R"("event":{},"outcome":{},"exit_code":{},"seconds":{:.3f},"summary":{},"error":{})",
        quoted(ending.event), quoted(ending.outcome), ending.exit_code, ending.seconds,
        ending.summary.empty() || ending.summary.size() > kLongestSummary ? "null" : ending.summary,
        ending.error.empty() ? "null" : quoted(ending.error));
  }
  void set_present(Instant now) override { present_ = now; }
  void finish() override {
    const std::lock_guard lock(mutex_);
    clear();
  }

 private:
  static std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void say(spdlog::level::level_enum level, const std::string& message) {
    clear();
    logger_->log(level, "{}", options_.json ? "\"message\":" + quoted(message) : message);
  }

  [[nodiscard]] std::string describe(const Progress& p, double seconds) const {
    // Under a pace it tells what is to come: what was done so far may be an earlier run's, or slow
    // for a pause that is over.
    const auto paced = p.pace ? time_for(*p.pace, p.total - p.done) : std::nullopt;
    const double measured = seconds > 0 ? static_cast<double>(p.done) / seconds : 0;
    const double rate = paced ? p.pace->rate : measured;
    const double eta = paced          ? static_cast<double>(paced->count()) / 1000
                       : measured > 0 ? static_cast<double>(p.total - p.done) / measured
                                      : 0;
    std::string text = fmt::format("{}/{}  {:.1f}/s  ETA {}", with_commas(p.done),
                                   with_commas(p.total), rate, human_seconds(eta));
    if (present_) {
      const auto left = std::chrono::seconds(std::llround(seconds + eta));
      // 2022-10-21T23:04:05Z -> 10-21 23:04Z
      const std::string end = to_string(*present_ + left);
      text += fmt::format(" ({} {}Z)", end.substr(5, 5), end.substr(11, 5));
    }
    if (p.rows > 0) text += fmt::format("  {} rows", with_commas(p.rows));
    text += fmt::format("  {} failed", with_commas(p.failed));
    if (p.pace) text += fmt::format("  {} refusals", with_commas(p.pace->refusals));
    if (p.pace && p.pace->pause_left > milliseconds(0)) {
      text += fmt::format("  pause {}",
                          human_seconds(static_cast<double>(p.pace->pause_left.count()) / 1000));
    }
    return text;
  }

  void draw(const Progress& p, double seconds) {
    const auto filled =
        static_cast<std::size_t>(p.total > 0 ? kBarWidth * p.done / p.total : kBarWidth);
    std::string bar(filled, '#');
    bar.resize(kBarWidth, '.');
    const std::string text = describe(p, seconds);
    std::string line = fmt::format("[{}] {}", bar, text);
    // A line that wraps could not be drawn over: the bar goes first, then the text's end.
    const int columns = options_.columns ? options_.columns() : 0;
    const auto room = static_cast<std::size_t>(std::max(columns - 1, 0));
    if (columns > 0 && line.size() > room) line = text.substr(0, room);
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
    drawn_ = true;
  }

  void clear() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    drawn_ = false;
  }

  TerminalOptions options_;
  Clock& clock_;
  milliseconds begin_, shown_;
  std::optional<Instant> present_;
  std::unique_ptr<spdlog::logger> logger_;
  std::mutex mutex_;
  bool drawn_ = false;
};

}  // namespace

std::unique_ptr<Terminal> make_terminal(const TerminalOptions& options, Clock& clock) {
  return std::make_unique<SpdlogTerminal>(options, clock);
}

}  // namespace signals::cli
