// Damaged metadata of a table: what signals wrote itself, with any bytes of it changed or cut off,
// or any bytes at all.
#include <cstdlib>
#include <string>

#include "lake/manifest.h"
#include "lake/metadata.h"
#include "lake/schema.h"

namespace {

using namespace signals;

constexpr const char* kPlace = "/lakes/mine/t";

void require(bool good) {
  if (!good) std::abort();
}

TableState table() {
  TableState state;
  state.name = "t";
  state.version = 3;
  state.uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  state.location = kPlace;
  state.updated_at = parse_instant("2022-10-21T23:00:00Z").value();
  state.last_sequence = 3;
  state.schema = {{"ticker", "string", true, Partitioning::bucket, 1},
                  {"date", "date", true, Partitioning::year, 2},
                  {"close", "double", false, Partitioning::none, 3}};
  state.last_column_id = 3;
  state.schemas[0] = state.schema;
  state.properties["cmd"] = "all";
  Snapshot snapshot{.id = 3, .parent = 2, .sequence = 3, .committed_at = state.updated_at};
  snapshot.manifest_list = "metadata/snap-3.avro";
  snapshot.summary = {{"operation", "overwrite"}, {"total-records", "7"}};
  state.snapshots = {snapshot};
  state.tags["live-2022-10-20"] = 3;
  state.log = {{state.updated_at, "metadata/v2.metadata.json"}};
  return state;
}

std::vector<ManifestEntry> entries() {
  std::vector<ManifestEntry> all;
  for (const auto status : {EntryStatus::kept, EntryStatus::added, EntryStatus::deleted}) {
    ManifestEntry entry{.status = status, .snapshot = 3};
    entry.file.path = "data/2022/05/0123456789abcdef.parquet";
    entry.file.partition = {2022, 5};
    entry.file.rows = 7;
    entry.file.bytes = 1234;
    entry.file.added_by = entry.file.added_sequence = 3;
    entry.file.stats[1] = {7, 0, lower_bound_of("000060.KS"), upper_bound_of("AAPL")};
    entry.file.stats[3] = {7, 2, std::nullopt, std::nullopt};
    all.push_back(entry);
  }
  return all;
}

std::string intact(int what) {
  const TableState state = table();
  const std::string manifest = manifest_bytes(state, entries(), kPlace);
  if (what == 0) return manifest;
  if (what == 1) {
    Manifest line = describe_manifest(entries(), state.snapshots.back());
    line.path = "metadata/m0.avro";
    line.bytes = static_cast<std::int64_t>(manifest.size());
    return manifest_list_bytes(state, state.snapshots.back(), {line, line}, kPlace);
  }
  return metadata_json(state, kPlace);
}

void read(int what, const std::string& bytes) {
  const TableState state = table();
  if (what == 0) {
    const auto found = parse_manifest(bytes, state, "m.avro");
    if (!found) return require(found.error().what.find("m.avro") != std::string::npos);
    const auto again = parse_manifest(manifest_bytes(state, *found, kPlace), state, "again");
    require(again && again->size() == found->size());
  } else if (what == 1) {
    const auto found = parse_manifest_list(bytes, state, "s.avro");
    if (!found) return require(found.error().what.find("s.avro") != std::string::npos);
    for (const auto& line : *found) require(!line.path.empty() && line.path.front() != '/');
  } else {
    const auto found = parse_metadata(bytes, "v3.metadata.json");
    if (!found) return require(found.error().what.find("v3.metadata.json") != std::string::npos);
    require(parse_metadata(metadata_json(*found, found->location), "again").has_value());
  }
}

}  // namespace

// The first byte chooses; behind it, groups of three say which byte becomes which.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const std::string originals[] = {intact(0), intact(1), intact(2)};
  if (size == 0) return 0;
  const int what = data[0] % 3;
  const bool cut = (data[0] & 0x40U) != 0, any = (data[0] & 0x80U) != 0;
  std::string bytes = originals[what];
  require(size > 1 || cut || any || (read(what, bytes), true));
  if (any) {
    bytes.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  } else {
    for (std::size_t i = 1; i + 2 < size; i += 3) {
      const std::size_t at = (data[i] | static_cast<std::size_t>(data[i + 1]) << 8U) % bytes.size();
      if (cut && i == 1) {
        bytes.resize(at + 1);
      } else {
        bytes[at] = static_cast<char>(data[i + 2]);
      }
    }
  }
  read(what, bytes);
  return 0;
}
