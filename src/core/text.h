// Small text helpers: numbers for people, spelling suggestions, durations.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signals {

// 1234567 -> "1,234,567".
std::string with_commas(std::int64_t value);

// 1536 -> "1.5 KiB".
std::string human_bytes(std::int64_t bytes);

// 83.4 -> "1m23s", 4.25 -> "4.2s".
std::string human_seconds(double seconds);

// The candidate nearest to `word` if it is near enough to be a slip of the finger, else "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

// "a, b and 3 more": the first `most` items.
std::string listing(std::span<const std::string> items, std::size_t most);

std::vector<std::string> split(std::string_view text, char separator);

// Without blanks and tabs at both ends, nor a carriage return at the end.
std::string_view trim(std::string_view text);

// Splits a line of CSV at commas; a cell in double quotes loses them and may hold commas.
void split_csv_line(std::string_view line, std::vector<std::string_view>& cells);

// Whether the text is UTF-8 without control characters.
bool is_plain_text(std::string_view text);

std::string lower(std::string_view text);

// The text on one line: line breaks and control characters become spaces, cut to `most` bytes.
std::string one_line(std::string_view text, std::size_t most);

}  // namespace signals
