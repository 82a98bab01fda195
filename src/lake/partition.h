// Partitions of `prices` and the feature tables: year(date), bucket[16](ticker), as Apache Iceberg
// defines the two transforms.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string_view>

namespace signals {

inline constexpr int kBuckets = 16;

std::set<int> all_buckets();

struct Partition {
  int year = 0;
  int bucket = 0;
  friend auto operator<=>(const Partition&, const Partition&) = default;
};

// MurmurHash3 x86 32-bit, seed 0.
std::uint32_t murmur3(std::string_view bytes);

// bucket[16](ticker): (murmur3 & 0x7fffffff) % 16.
int bucket_of(std::string_view ticker);

}  // namespace signals
