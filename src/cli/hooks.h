// What `run` tells others: a watcher that is pinged, a command that starts when D is published.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/result.h"

namespace signals::cli {

// A URL without path and query, for messages: both may be a secret of the watcher's.
std::string host_of(const std::string& url);

// The address that says "failed" in the way of healthchecks.io: /fail after the path, before a
// query.
std::string fail_url(const std::string& url);

// usage unless it is an http(s) URL.
Result<void> check_ping_url(const std::string& url);

// GETs the URL, twice more if that fails. What went wrong, or nothing; never more of the URL than
// its host.
std::optional<std::string> ping(const std::string& url);

// Runs a command by /bin/sh, with these variables beside the program's own; what it prints goes to
// stderr. What went wrong, or nothing.
std::optional<std::string> run_shell(const std::string& command,
                                     const std::map<std::string, std::string>& variables);

}  // namespace signals::cli
