// Numbers in texts, strictly.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace signals {

// The number that the whole text is, as std::from_chars reads it (no blanks, no "+"); empty for
// anything else, and for what T cannot hold.
template <class T>
std::optional<T> number_in(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace signals
