// The program. The only place that handles signals and reads the environment, and the last that
// catches exceptions.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "cli/program.h"
#include "lake/store.h"

namespace {

std::atomic<bool> stop_requested = false;

extern "C" void on_stop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);  // a second one ends the program at once
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

struct ClosesStores {
  ClosesStores() = default;
  ClosesStores(const ClosesStores&) = delete;
  ClosesStores& operator=(const ClosesStores&) = delete;
  ~ClosesStores() { signals::close_stores(); }
};

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGTERM, on_stop);
  std::signal(SIGINT, on_stop);
  std::signal(SIGPIPE, SIG_IGN);  // a peer or reader that leaves is an error code, not an end
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is a write error like a full disk
  const ClosesStores at_the_end;
  try {
    return signals::cli::run_program({argv + 1, argv + argc}, environment, stop_requested);
  } catch (const std::exception& error) {
    std::fputs(
        ("error: " + signals::Error{signals::ErrorCode::internal, error.what()}.line() + "\n")
            .c_str(),
        stderr);
    return 1;
  }
}
