// What goes to stderr: log lines as text or JSON, and the progress of a stage.
#pragma once

#include <functional>
#include <memory>

#include "core/clock.h"
#include "core/result.h"
#include "pipeline/observer.h"

namespace signals::cli {

struct TerminalOptions {
  bool json = false;               // one JSON object a line instead of text
  bool quiet = false;              // errors only
  bool interactive = false;        // a progress bar instead of a line now and then
  std::function<int()> columns{};  // of the window; 0 or none: it is not known
  bool colour = false;
};

// How a command ended, for whoever watches its log.
struct Ending {
  std::string event;      // "signals.load"
  std::string outcome{};  // done, partly, failed, or the name of `error`
  int exit_code = 0;
  double seconds = 0;
  std::string summary{};  // JSON on one line, "": none
  std::string error{};    // the line of the error that ended it, "": none
};

class Terminal : public Observer {
 public:
  virtual void error(const Error& error) = 0;
  // The last line of a log in JSON, --quiet or not; nothing in one of text, which people read.
  virtual void end(const Ending& ending) = 0;
  // What `now` is: progress tells when the run will end by the clock.
  virtual void set_present(Instant now) = 0;
  // Ends a progress bar, if one is shown.
  virtual void finish() = 0;
};

std::unique_ptr<Terminal> make_terminal(const TerminalOptions& options, Clock& clock);

}  // namespace signals::cli
