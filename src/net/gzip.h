// gunzip: a whole reply at once, which takes half the time of a stream.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace signals {

// Unpacks one gzip file, of one member or several, to at most `most` bytes. bad_reply for one that
// is damaged, cut short or larger. A reader of JSON wants room for 64 bytes behind its text; it is
// there.
Result<std::string> gunzip(std::string_view packed, std::size_t most);

// The version of what unpacks.
std::string gunzip_version();

}  // namespace signals
