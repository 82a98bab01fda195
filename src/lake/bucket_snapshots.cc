#include "lake/bucket_snapshots.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/number.h"
#include "core/text.h"

namespace signals {
namespace {

constexpr const char* kOfBuckets = "-of-buckets";

BucketSnapshots::value_type id_in(std::string_view text) {
  return number_in<std::int64_t>(text).value_or(kUnknownSnapshot);
}

}  // namespace

void write_bucket_snapshots(std::map<std::string, std::string>& summary, const std::string& key,
                            const BucketSnapshots& ids) {
  const std::int64_t newest = *std::ranges::max_element(ids);
  std::string others;
  for (std::size_t bucket = 0; bucket < ids.size(); ++bucket) {
    if (ids[bucket] == newest) continue;
    others += fmt::format("{}{}={}", others.empty() ? "" : ",", bucket, ids[bucket]);
  }
  summary[key] = std::to_string(newest);
  if (!others.empty()) summary[key + kOfBuckets] = others;
}

BucketSnapshots read_bucket_snapshots(const std::map<std::string, std::string>& summary,
                                      const std::string& key) {
  BucketSnapshots ids;
  ids.fill(kUnknownSnapshot);
  const auto newest = summary.find(key);
  if (newest == summary.end()) return ids;
  ids.fill(id_in(newest->second));
  const auto others = summary.find(key + kOfBuckets);
  if (others == summary.end()) return ids;
  for (const auto& other : split(others->second, ',')) {
    const auto equals = other.find('=');
    const auto bucket = number_in<int>(std::string_view(other).substr(0, equals));
    if (equals == std::string::npos || !bucket || *bucket < 0 || *bucket >= kBuckets) {
      ids.fill(kUnknownSnapshot);
      return ids;
    }
    ids[static_cast<std::size_t>(*bucket)] = id_in(std::string_view(other).substr(equals + 1));
  }
  return ids;
}

}  // namespace signals
