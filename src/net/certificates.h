// Where the certificates are that this machine trusts.
#pragma once

#include <span>
#include <string>

namespace signals {

// The first of the files that can be read; empty if none can. A libcurl that runs elsewhere than it
// was built knows only the place of its own distribution.
std::string find_certificates(std::span<const std::string> files);

}  // namespace signals
