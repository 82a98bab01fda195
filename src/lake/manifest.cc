#include "lake/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "lake/avro.h"
#include "lake/manifest_schema.h"
#include "lake/metadata.h"
#include "lake/schema.h"

namespace signals {
namespace {

constexpr int kEpochYear = 1970;  // from which the transform `year` counts
constexpr int kMostYears = 1'000'000;
// Of a data file that holds rows, not deletions.
constexpr int kDataContent = 0;

// The value of a partition field that is a number, and back.
int value_of(const Partition& partition, const PartitionField& field) {
  return field.kind == Partitioning::year ? partition.year - kEpochYear : partition.bucket;
}

void set_value(Partition& partition, const PartitionField& field, int value) {
  if (field.kind == Partitioning::year) {
    partition.year = std::clamp(value, -kMostYears, kMostYears) + kEpochYear;
  } else {
    partition.bucket = value;
  }
}

// The same of one that is text.
std::string text_of(const Partition& partition) { return fmt::format("{:04}", partition.year); }

void set_text(Partition& partition, std::string_view text) {
  int year = 0;
  std::from_chars(text.data(), text.data() + text.size(), year);
  partition.year = std::clamp(year, 0, kMostYears);
}

// As a bound in a manifest list.
std::string bytes_of(const Partition& partition, const PartitionField& field) {
  if (field.text) return text_of(partition);
  const int value = value_of(partition, field);
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

void set_bytes(Partition& partition, const PartitionField& field, std::string_view bytes) {
  if (field.text) return set_text(partition, bytes);
  int value = 0;
  if (!bytes.empty()) {  // memcpy takes no null, even for no bytes
    std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  }
  set_value(partition, field, value);
}

void write_stats(AvroWriter& to, const std::map<int, ColumnStats>& stats) {
  const auto counts = [&](std::int64_t ColumnStats::*member) {
    to.some().begin_items(stats.size());
    for (const auto& [id, one] : stats) to.whole(id).whole(one.*member);
    to.end_items();
  };
  const auto bounds = [&](std::optional<std::string> ColumnStats::*member) {
    const auto known = std::ranges::count_if(
        stats, [&](const auto& one) { return (one.second.*member).has_value(); });
    to.some().begin_items(static_cast<std::size_t>(known));
    for (const auto& [id, one] : stats) {
      if (one.*member) to.whole(id).text(*(one.*member));
    }
    to.end_items();
  };
  counts(&ColumnStats::values);
  counts(&ColumnStats::nulls);
  bounds(&ColumnStats::lower);
  bounds(&ColumnStats::upper);
}

std::map<int, ColumnStats> read_stats(AvroReader& from) {
  std::map<int, ColumnStats> stats;
  const auto counts = [&](std::int64_t ColumnStats::*member) {
    if (!from.present()) return;
    from.items([&] {
      const auto id = static_cast<int>(from.whole());
      stats[id].*member = from.whole();
    });
  };
  const auto bounds = [&](std::optional<std::string> ColumnStats::*member) {
    if (!from.present()) return;
    from.items([&] {
      const auto id = static_cast<int>(from.whole());
      stats[id].*member = std::string(from.text());
    });
  };
  counts(&ColumnStats::values);
  counts(&ColumnStats::nulls);
  bounds(&ColumnStats::lower);
  bounds(&ColumnStats::upper);
  return stats;
}

void write_entry(AvroWriter& to, const ManifestEntry& entry, const Schema& schema,
                 const std::vector<PartitionField>& partition, const std::string& location) {
  const DataFile& file = entry.file;
  to.whole(static_cast<int>(entry.status)).some().whole(entry.snapshot);
  to.some().whole(file.added_sequence).some().whole(file.added_sequence);
  to.whole(kDataContent).text(location + "/" + file.path).text("PARQUET");
  for (const auto& one : partition) {
    one.text ? to.some().text(text_of(file.partition))
             : to.some().whole(value_of(file.partition, one));
  }
  to.whole(file.rows).whole(file.bytes);
  write_stats(to, file.stats);
  to.some().whole(sort_order_id(schema));
}

ManifestEntry read_entry(AvroReader& from, const std::vector<PartitionField>& partition) {
  const auto optional = [&] { return from.present() ? from.whole() : 0; };
  ManifestEntry entry;
  DataFile& file = entry.file;
  entry.status = static_cast<EntryStatus>(from.whole());
  entry.snapshot = optional();
  file.added_sequence = optional();
  optional();  // the sequence number of the file, the same
  from.whole();
  file.path = from.text();
  from.text();
  for (const auto& one : partition) {
    if (one.text) {
      set_text(file.partition, from.present() ? from.text() : std::string_view());
    } else {
      set_value(file.partition, one, static_cast<int>(optional()));
    }
  }
  file.rows = from.whole();
  file.bytes = from.whole();
  file.stats = read_stats(from);
  optional();
  if (entry.status != EntryStatus::deleted) file.added_by = entry.snapshot;
  return entry;
}

void write_line(AvroWriter& to, const Manifest& manifest,
                const std::vector<PartitionField>& partition, const std::string& location) {
  to.text(location + "/" + manifest.path).whole(manifest.bytes).whole(0).whole(kDataContent);
  to.whole(manifest.sequence).whole(manifest.least_sequence).whole(manifest.added_by);
  for (const auto* count : {&manifest.added, &manifest.kept, &manifest.deleted}) {
    to.whole(count->files);
  }
  for (const auto* count : {&manifest.added, &manifest.kept, &manifest.deleted}) {
    to.whole(count->rows);
  }
  to.some().begin_items(partition.size());
  for (const auto& one : partition) {
    to.boolean(false).some().boolean(false);
    to.some().text(bytes_of(manifest.lowest, one)).some().text(bytes_of(manifest.highest, one));
  }
  to.end_items();
}

Manifest read_line(AvroReader& from, const std::vector<PartitionField>& partition) {
  Manifest manifest;
  manifest.path = from.text();
  manifest.bytes = from.whole();
  from.whole();
  from.whole();
  manifest.sequence = from.whole();
  manifest.least_sequence = from.whole();
  manifest.added_by = from.whole();
  for (auto* count : {&manifest.added, &manifest.kept, &manifest.deleted}) {
    count->files = from.whole();
  }
  for (auto* count : {&manifest.added, &manifest.kept, &manifest.deleted}) {
    count->rows = from.whole();
  }
  if (!from.present()) return manifest;
  std::size_t place = 0;
  from.items([&] {
    from.boolean();
    if (from.present()) from.boolean();
    const auto low = from.present() ? from.text() : std::string_view();
    const auto high = from.present() ? from.text() : std::string_view();
    if (place >= partition.size()) return;
    set_bytes(manifest.lowest, partition[place], low);
    set_bytes(manifest.highest, partition[place], high);
    ++place;
  });
  return manifest;
}

}  // namespace

std::string manifest_bytes(const TableState& table, const std::vector<ManifestEntry>& entries,
                           const std::string& location) {
  const auto partition = partition_fields(table.schema);
  AvroWriter records;
  for (const auto& entry : entries) {
    write_entry(records, entry, table.schema, partition, location);
  }
  AvroFile file;
  file.schema = manifest_schema(partition);
  file.metadata = {{"schema", schema_json(table.schema, table.schema_id)},
                   {"schema-id", std::to_string(table.schema_id)},
                   {"partition-spec", partition_json(table.schema)},
                   {"partition-spec-id", "0"},
                   {"format-version", "2"},
                   {"content", "data"}};
  file.count = static_cast<std::int64_t>(entries.size());
  file.records = records.bytes();
  return avro_bytes(file);
}

Manifest describe_manifest(const std::vector<ManifestEntry>& entries, const Snapshot& snapshot) {
  Manifest manifest;
  manifest.added_by = snapshot.id;
  manifest.sequence = manifest.least_sequence = snapshot.sequence;
  manifest.lowest = manifest.highest = entries.front().file.partition;
  for (const auto& entry : entries) {
    const DataFile& file = entry.file;
    auto& count = entry.status == EntryStatus::added  ? manifest.added
                  : entry.status == EntryStatus::kept ? manifest.kept
                                                      : manifest.deleted;
    ++count.files;
    count.rows += file.rows;
    if (entry.status != EntryStatus::deleted) {
      manifest.least_sequence = std::min(manifest.least_sequence, file.added_sequence);
    }
    manifest.lowest.year = std::min(manifest.lowest.year, file.partition.year);
    manifest.highest.year = std::max(manifest.highest.year, file.partition.year);
    manifest.lowest.bucket = std::min(manifest.lowest.bucket, file.partition.bucket);
    manifest.highest.bucket = std::max(manifest.highest.bucket, file.partition.bucket);
  }
  return manifest;
}

std::string manifest_list_bytes(const TableState& table, const Snapshot& snapshot,
                                const std::vector<Manifest>& manifests,
                                const std::string& location) {
  const auto partition = partition_fields(table.schema);
  AvroWriter records;
  for (const auto& manifest : manifests) write_line(records, manifest, partition, location);
  AvroFile file;
  file.schema = manifest_list_schema();
  file.metadata = {
      {"snapshot-id", std::to_string(snapshot.id)},
      {"parent-snapshot-id", snapshot.parent == 0 ? "null" : std::to_string(snapshot.parent)},
      {"sequence-number", std::to_string(snapshot.sequence)},
      {"format-version", "2"}};
  file.count = static_cast<std::int64_t>(manifests.size());
  file.records = records.bytes();
  return avro_bytes(file);
}

Result<std::string> relative_path(const TableState& table, std::string_view path,
                                  const std::string& where) {
  const std::string folder = table.location + "/";
  if (path.starts_with(folder) && path.size() > folder.size()) {
    return std::string(path.substr(folder.size()));
  }
  return fail(ErrorCode::bad_metadata,
              fmt::format("{}: {} is not below {}", where, path, table.location));
}

Result<std::vector<ManifestEntry>> parse_manifest(std::string_view bytes, const TableState& table,
                                                  const std::string& where) {
  const auto partition = partition_fields(table.schema);
  SIGNALS_ASSIGN(const AvroFile file, parse_avro(bytes, manifest_schema(partition), where));
  AvroReader reader(file.records);
  const int dates = date_id(table.schema);
  std::vector<ManifestEntry> entries;
  while (!reader.at_end()) {
    ManifestEntry entry = read_entry(reader, partition);
    if (reader.failed() || entry.status < EntryStatus::kept ||
        entry.status > EntryStatus::deleted) {
      return fail(ErrorCode::bad_metadata, fmt::format("{}: it is damaged", where));
    }
    SIGNALS_ASSIGN(entry.file.path, relative_path(table, entry.file.path, where));
    set_dates(entry.file, dates);
    entries.push_back(std::move(entry));
  }
  if (static_cast<std::int64_t>(entries.size()) != file.count) {
    return fail(ErrorCode::bad_metadata, fmt::format("{}: it is damaged", where));
  }
  return entries;
}

Result<std::vector<Manifest>> parse_manifest_list(std::string_view bytes, const TableState& table,
                                                  const std::string& where) {
  const auto partition = partition_fields(table.schema);
  SIGNALS_ASSIGN(const AvroFile file, parse_avro(bytes, manifest_list_schema(), where));
  AvroReader reader(file.records);
  std::vector<Manifest> manifests;
  while (!reader.at_end()) {
    Manifest manifest = read_line(reader, partition);
    if (reader.failed()) {
      return fail(ErrorCode::bad_metadata, fmt::format("{}: it is damaged", where));
    }
    SIGNALS_ASSIGN(manifest.path, relative_path(table, manifest.path, where));
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

}  // namespace signals
