#include "lake/partition.h"

#include <bit>
#include <cstring>

namespace signals {
namespace {

constexpr std::uint32_t kC1 = 0xcc9e2d51;
constexpr std::uint32_t kC2 = 0x1b873593;

std::uint32_t mix(std::uint32_t k) { return std::rotl(k * kC1, 15) * kC2; }

}  // namespace

std::uint32_t murmur3(std::string_view bytes) {
  std::uint32_t hash = 0;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t block = 0;
    std::memcpy(&block, bytes.data() + at, 4);
    hash = std::rotl(hash ^ mix(block), 13) * 5 + 0xe6546b64;
  }
  std::uint32_t tail = 0;
  for (std::size_t i = bytes.size(); i > at; --i) {
    tail = (tail << 8) | static_cast<unsigned char>(bytes[i - 1]);
  }
  hash ^= mix(tail);
  hash ^= static_cast<std::uint32_t>(bytes.size());
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

std::set<int> all_buckets() {
  std::set<int> all;
  for (int bucket = 0; bucket < kBuckets; ++bucket) all.insert(bucket);
  return all;
}

int bucket_of(std::string_view ticker) {
  return static_cast<int>((murmur3(ticker) & 0x7fffffffU) % kBuckets);
}

}  // namespace signals
