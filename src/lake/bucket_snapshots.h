// Which snapshots of another table each bucket of a table was made of, as a snapshot's summary says
// it: one number for all, and the buckets that have another one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "lake/partition.h"

namespace signals {

// By bucket; 0: of nothing, kUnknownSnapshot: that cannot be told.
using BucketSnapshots = std::array<std::int64_t, kBuckets>;
inline constexpr std::int64_t kUnknownSnapshot = -1;

// Writes `<name>-snapshot`, the newest of them, and with it `<name>-snapshot-of-buckets` where they
// differ: "0=12,3=14". `key` is `<name>-snapshot`.
void write_bucket_snapshots(std::map<std::string, std::string>& summary, const std::string& key,
                            const BucketSnapshots& ids);

// Reads them back; what is missing or damaged is unknown.
BucketSnapshots read_bucket_snapshots(const std::map<std::string, std::string>& summary,
                                      const std::string& key);

}  // namespace signals
