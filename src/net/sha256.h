// SHA-256, for signed requests and for manifests that name the bytes of files.
#pragma once

#include <string>
#include <string_view>

namespace signals {

// The digest in 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace signals
