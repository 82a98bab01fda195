// bench_kernels: times the engine on columns from a file, and prints the times as JSON. bench.py
// runs it beside others on the same numbers.
//
// The file holds 64-bit floats of this machine: for each ticker the columns open, high, low, close,
// volume, each --rows long. Tickers are computed in groups, as `transform` does, and the columns of
// one group take the place of those of the group before.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "features/plan.h"
#include "ta/engine.h"
#include "ta/registry.h"

namespace {

using namespace signals;

struct Options {
  std::string file, dump, mode = "ta";
  std::vector<std::string> only;
  std::size_t rows = 0, group = 64, passes = 0;
  int lanes = 0;
  double seconds = 0.2;
  bool float64 = false, copy = false;
};

// The columns of one group, each on a line of memory of its own, as the engine streams them best.
template <class T>
class Columns {
 public:
  Columns(std::size_t count, std::size_t rows)
      : stride_((rows * sizeof(T) + kLine - 1) / kLine * kLine / sizeof(T)),
        values_(static_cast<T*>(::operator new(count* stride_ * sizeof(T), kAlign))) {
    std::memset(values_.get(), 1, count * stride_ * sizeof(T));
    for (std::size_t c = 0; c < count; ++c) pointers_.push_back(values_.get() + c * stride_);
  }
  [[nodiscard]] const std::vector<T*>& pointers() const { return pointers_; }

 private:
  static constexpr std::size_t kLine = 64;
  static constexpr std::align_val_t kAlign{kLine};
  struct Free {
    void operator()(T* values) const { ::operator delete(values, kAlign); }
  };
  std::size_t stride_;
  std::unique_ptr<T, Free> values_;
  std::vector<T*> pointers_;
};

std::vector<double> read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  std::vector<double> values(static_cast<std::size_t>(file.tellg()) / sizeof(double));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(double)));
  return values;
}

std::vector<PlannedIndicator> choose(const std::vector<std::string>& names) {
  std::vector<PlannedIndicator> chosen;
  for (const auto* indicator : ta::indicators()) {
    if (names.empty()) chosen.push_back({indicator, ta::default_params(*indicator)});
  }
  for (const auto& name : names) {
    const auto* indicator = ta::find_indicator(name);
    if (indicator == nullptr) throw std::runtime_error(fmt::format("{}: no indicator", name));
    chosen.push_back({indicator, ta::default_params(*indicator)});
  }
  return chosen;
}

template <class T>
class Bench {
 public:
  Bench(const Options& options, std::vector<PlannedIndicator> chosen, ta::Mode mode)
      : options_(options),
        chosen_(std::move(chosen)),
        input_(read_all(options.file)),
        engine_(tasks(), mode, options.lanes),
        out_(std::min(options.group, input_.size() / options.rows / 5) * engine_.columns(),
             options.rows) {
    const std::size_t rows = options.rows;
    for (std::size_t at = 0; at + 5 * rows <= input_.size(); at += 5 * rows) {
      const auto column = [&](std::size_t k) {
        return std::span(input_).subspan(at + k * rows, rows);
      };
      tickers_.push_back({column(0), column(1), column(2), column(3), column(4)});
    }
    if (tickers_.empty()) throw std::runtime_error("the file has no whole ticker");
    if (options.copy) from_ = std::make_unique<Columns<T>>(out_.pointers().size(), rows);
  }

  void run() {
    if (!options_.dump.empty()) return dump();
    std::vector<double> times;
    if (options_.passes == 0) pass();  // fills caches and finds its pages
    for (double spent = 0; options_.passes > 0 ? times.size() < options_.passes
                                               : times.size() < 3 || spent < options_.seconds;) {
      const auto begin = std::chrono::steady_clock::now();
      pass();
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
      spent += time.count();
      times.push_back(time.count() * 1e9 / static_cast<double>(tickers_.size() * options_.rows));
    }
    std::ranges::sort(times);
    nlohmann::ordered_json result = {{"tickers", tickers_.size()},
                                     {"passes", times.size()},
                                     {"best", times.front()},
                                     {"median", times[times.size() / 2]}};
    for (const auto& one : chosen_) {
      for (const auto& output : one.indicator->outputs) {
        result["indicators"][std::string(one.indicator->name)].push_back(output.column);
      }
    }
    fmt::print("{}\n", result.dump());
  }

 private:
  [[nodiscard]] std::vector<ta::Task> tasks() const {
    std::vector<ta::Task> tasks;
    for (const auto& one : chosen_) tasks.push_back({one.indicator, one.params});
    return tasks;
  }

  // Calls `use` with the outputs of one group after another.
  template <class Use>
  void each_group(const Use& use) {
    const std::span all(tickers_);
    for (std::size_t begin = 0; begin < all.size(); begin += options_.group) {
      const auto group = all.subspan(begin, std::min(options_.group, all.size() - begin));
      const auto out = std::span(out_.pointers()).first(group.size() * engine_.columns());
      if (options_.copy) {
        for (std::size_t c = 0; c < out.size(); ++c) {
          std::memcpy(out[c], from_->pointers()[c], options_.rows * sizeof(T));
        }
      } else {
        engine_.compute(group, out);
      }
      use(out);
    }
  }

  void pass() {
    each_group([](std::span<T* const> out) { asm volatile("" : : "r"(out.data()) : "memory"); });
  }

  void dump() {
    std::ofstream file(options_.dump, std::ios::binary);
    each_group([&](std::span<T* const> out) {
      for (const T* column : out) {
        file.write(reinterpret_cast<const char*>(column),
                   static_cast<std::streamsize>(options_.rows * sizeof(T)));
      }
    });
    if (!file.flush()) throw std::runtime_error(fmt::format("{}: not written", options_.dump));
  }

  const Options& options_;
  std::vector<PlannedIndicator> chosen_;
  std::vector<double> input_;
  std::vector<ta::Inputs> tickers_;
  ta::Engine engine_;
  Columns<T> out_;
  std::unique_ptr<Columns<T>> from_;
};

template <class T>
void run(const Options& options, ta::Mode mode) {
  Bench<T>(options, choose(options.only), mode).run();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("times the indicator engine");
  app.add_option("FILE", options.file)->required();
  app.add_option("--rows", options.rows, "of each ticker")->required()->check(CLI::PositiveNumber);
  app.add_option("--only", options.only, "indicators (default: all)")->delimiter(',');
  app.add_option("--mode", options.mode, "causal, ta or fillna");
  app.add_option("--lanes", options.lanes, "0: the widest")
      ->check([](const std::string& text) -> std::string {
        for (const int lanes : ta::lane_widths()) {
          if (text == std::to_string(lanes)) return {};
        }
        return text == "0" ? "" : "this CPU has no such lanes";
      });
  app.add_option("--group", options.group, "tickers")->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "passes until then, three at least");
  app.add_option("--passes", options.passes, "just so many, and no warm-up");
  app.add_option("--dump", options.dump, "write the outputs to a file, ticker by ticker");
  app.add_flag("--float64", options.float64);
  app.add_flag("--copy", options.copy, "time a memcpy of as many bytes as the outputs have");
  CLI11_PARSE(app, argc, argv);
  try {
    const auto mode = parse_mode(options.mode);
    if (!mode) throw std::runtime_error(mode.error().line());
    options.float64 ? run<double>(options, *mode) : run<float>(options, *mode);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
  return 0;
}
