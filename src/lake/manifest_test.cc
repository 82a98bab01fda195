// Avro, manifests and metadata: what is written is read, what is damaged is told, and bounds hold.
#include "lake/manifest.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "lake/avro.h"
#include "lake/metadata.h"
#include "lake/schema.h"

namespace signals {
namespace {

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();
const Schema kSchema = {{"ticker", "string", true, Partitioning::bucket, 1},
                        {"date", "date", true, Partitioning::year, 2},
                        {"close", "double", false, Partitioning::none, 3}};

// The examples of the Avro specification.
TEST(AvroTest, EncodesAsTheSpecificationSays) {
  const auto whole = [](std::int64_t value) { return AvroWriter().whole(value).bytes(); };
  EXPECT_EQ(whole(0), std::string("\x00", 1));
  EXPECT_EQ(whole(-1), "\x01");
  EXPECT_EQ(whole(1), "\x02");
  EXPECT_EQ(whole(-64), "\x7f");
  EXPECT_EQ(whole(64), "\x80\x01");
  EXPECT_EQ(AvroWriter().text("foo").bytes(),
            "\x06"
            "foo");
  EXPECT_EQ(AvroWriter().begin_items(2).whole(3).whole(27).end_items().bytes(),
            std::string("\x04\x06\x36\x00", 4));
  EXPECT_EQ(AvroWriter().some().text("a").bytes(), std::string("\x02\x02"
                                                               "a",
                                                               3));
}

TEST(AvroTest, WhatIsWrittenIsRead) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  AvroWriter writer;
  writer.whole(kMost).whole(-kMost - 1).text("").boolean(true).none();
  writer.begin_items(0).end_items();
  AvroReader reader(writer.bytes());
  EXPECT_EQ(reader.whole(), kMost);
  EXPECT_EQ(reader.whole(), -kMost - 1);
  EXPECT_EQ(reader.text(), "");
  EXPECT_TRUE(reader.boolean());
  EXPECT_FALSE(reader.present());
  reader.items([] { FAIL(); });
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(reader.failed());
}

TEST(AvroTest, NonsenseFailsAndEnds) {
  for (const std::string& bytes :
       {std::string(), std::string(11, '\xff'), std::string("\x02"), std::string("\x01")}) {
    AvroReader reader(bytes);
    reader.text();
    EXPECT_TRUE(reader.failed());
    EXPECT_TRUE(reader.at_end());
    EXPECT_EQ(reader.whole(), 0);
  }
  AvroWriter writer;
  writer.whole(1'000'000'000);
  AvroReader many(writer.bytes());
  many.items([] {});
  EXPECT_TRUE(many.failed());
}

TableState table_at(const std::string& location) {
  TableState table;
  table.name = "t";
  table.version = 3;
  table.uuid = "01234567-89ab-4def-8123-456789abcdef";
  table.location = location;
  table.updated_at = kNow;
  table.last_sequence = 2;
  table.last_column_id = 3;
  table.schema = kSchema;
  table.schemas = {{0, kSchema}};
  table.properties = {{"lags", "1,2"}};
  table.for_engines = {{"write.format.default", "parquet"}};
  table.snapshots = {{1, 0, 1, kNow, "metadata/snap-1-x.avro", 0, {{"operation", "append"}}},
                     {2, 1, 2, kNow, "metadata/snap-2-x.avro", 0, {{"operation", "append"}}}};
  table.tags = {{"first", 1}};
  table.log = {{kNow, "metadata/v2.metadata.json"}};
  return table;
}

ManifestEntry entry(EntryStatus status, Partition partition) {
  DataFile file;
  file.path = "data/2020/07/x y=^%20ü.parquet";
  file.partition = partition;
  file.rows = 5;
  file.bytes = 1234;
  file.stats[1] = {5, 0, "A", "B"};
  file.stats[2] = {5, 0, std::string("\x05\0\0\0", 4), std::string("\x09\0\0\0", 4)};
  file.stats[3] = {5, 5, {}, {}};
  file.added_by = status == EntryStatus::added ? 2 : 1;
  file.added_sequence = file.added_by;
  return {status, status == EntryStatus::kept ? 1 : 2, file};
}

const std::vector<ManifestEntry>& some_entries() {
  static const std::vector<ManifestEntry> entries = {entry(EntryStatus::added, {2020, 7}),
                                                     entry(EntryStatus::kept, {1969, 7}),
                                                     entry(EntryStatus::deleted, {2022, 7})};
  return entries;
}

TEST(ManifestTest, WhatIsWrittenIsRead) {
  const TableState table = table_at("/lake/t");
  const auto read = parse_manifest(manifest_bytes(table, some_entries(), "/lake/t"), table, "m");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const ManifestEntry &is = read->at(i), &was = some_entries()[i];
    EXPECT_EQ(is.status, was.status);
    EXPECT_EQ(is.snapshot, was.snapshot);
    EXPECT_EQ(is.file.path, was.file.path);
    EXPECT_EQ(is.file.partition, was.file.partition);
    EXPECT_EQ(is.file.rows, 5);
    EXPECT_EQ(is.file.bytes, 1234);
    EXPECT_EQ(is.file.added_sequence, was.file.added_sequence);
    EXPECT_EQ(is.file.stats.at(1).upper, "B");
    EXPECT_EQ(is.file.stats.at(3).nulls, 5);
    EXPECT_FALSE(is.file.stats.at(3).lower);
    EXPECT_EQ(is.file.first_date, Date{std::chrono::days(5)});
    EXPECT_EQ(is.file.last_date, Date{std::chrono::days(9)});
  }
}

TEST(ManifestTest, AListSaysWhatAManifestHolds) {
  const TableState table = table_at("/lake/t");
  const Snapshot& snapshot = table.snapshots.back();
  Manifest manifest = describe_manifest(some_entries(), snapshot);
  manifest.path = "metadata/m.avro";
  manifest.bytes = 99;
  const auto bytes = manifest_list_bytes(table, snapshot, {manifest}, "/lake/t");
  const auto read = parse_manifest_list(bytes, table, "list");
  ASSERT_TRUE(read);
  const Manifest& is = read->at(0);
  EXPECT_EQ(is.path, "metadata/m.avro");
  EXPECT_EQ(is.bytes, 99);
  EXPECT_EQ(is.sequence, 2);
  EXPECT_EQ(is.least_sequence, 1);
  EXPECT_EQ(is.added_by, 2);
  EXPECT_EQ(is.added.files, 1);
  EXPECT_EQ(is.kept.rows, 5);
  EXPECT_EQ(is.deleted.files, 1);
  EXPECT_EQ(is.lowest, (Partition{1969, 7}));
  EXPECT_EQ(is.highest, (Partition{2022, 7}));
}

TEST(ManifestTest, DamageIsNamed) {
  const TableState table = table_at("/lake/t");
  const std::string whole = manifest_bytes(table, some_entries(), "/lake/t");
  const auto check = [&](const std::string& bytes) {
    const auto read = parse_manifest(bytes, table, "lake/m.avro");
    if (read) return false;
    EXPECT_EQ(read.error().code, ErrorCode::bad_metadata);
    EXPECT_EQ(read.error().what.find("lake/m.avro: "), 0U);
    return true;
  };
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // Without any block of records it is a manifest of no file, and a whole one.
    const bool no_block = size + 16 < whole.size() && !check(whole.substr(0, size));
    if (no_block) {
      EXPECT_TRUE(parse_manifest(whole.substr(0, size), table, "m")->empty()) << size;
    }
  }
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    (void)check(bytes);  // or it is another manifest; never a crash
  }
  EXPECT_TRUE(check(manifest_list_bytes(table, table.snapshots.back(), {}, "/lake/t")));
  // Another place, and a place whose name only begins like the table's.
  EXPECT_TRUE(check(manifest_bytes(table, some_entries(), "/elsewhere/t")));
  EXPECT_TRUE(check(manifest_bytes(table, some_entries(), "/lake/t2")));
}

TEST(BoundsTest, LongTextsAreCutSoThatTheyStayBounds) {
  const std::string long_text(17, 'a');
  EXPECT_EQ(lower_bound_of(long_text), std::string(16, 'a'));
  EXPECT_EQ(upper_bound_of(long_text), std::string(15, 'a') + "b");
  EXPECT_EQ(upper_bound_of(std::string(16, 'a')), std::string(16, 'a'));
  EXPECT_EQ(upper_bound_of(""), "");
  // 16 characters, not bytes.
  std::string umlauts;
  for (int i = 0; i < 17; ++i) umlauts += "ü";
  EXPECT_EQ(lower_bound_of(umlauts), umlauts.substr(0, 32));
  EXPECT_EQ(upper_bound_of(umlauts), umlauts.substr(0, 30) + "ý");
  // The characters before a gap, before a longer form, and the last there is.
  const std::string start(15, 'x');
  EXPECT_EQ(upper_bound_of(start + "\x7f"
                                   "z"),
            start + "\xc2\x80");
  EXPECT_EQ(upper_bound_of(start + "\xed\x9f\xbf"
                                   "z"),
            start + "\xee\x80\x80");
  EXPECT_EQ(upper_bound_of(start + "\xef\xbf\xbf"
                                   "z"),
            start + "\xf0\x90\x80\x80");
  EXPECT_EQ(upper_bound_of(start + "\xf4\x8f\xbf\xbf"
                                   "z"),
            std::string(14, 'x') + "y");
  std::string last;
  for (int i = 0; i < 17; ++i) last += "\xf4\x8f\xbf\xbf";
  EXPECT_FALSE(upper_bound_of(last));
  EXPECT_FALSE(upper_bound_of(start + "\xff"
                                      "z"));
}

TEST(SchemaTest, ColumnsMayBeAddedAndNothingElse) {
  const TableState table = table_at("/lake/t");
  const auto with = [](const ColumnSpec& column) {
    Schema schema = kSchema;
    schema.push_back(column);
    return schema;
  };
  EXPECT_TRUE(check_schema(table, kSchema));
  EXPECT_TRUE(check_schema(table, with_ids(with({"open", "double"}))));
  Schema other_type = kSchema, fewer = kSchema, renamed = kSchema, other_id = kSchema;
  other_type[2].type = "float";
  fewer.pop_back();
  renamed[2].name = "last";
  other_id[2].id = 4;
  for (const Schema& schema : {other_type, fewer, renamed, other_id,
                               with({"open", "double", false, Partitioning::none, 3})}) {
    const auto checked = check_schema(table, schema);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::schema_differs);
  }
}

TEST(SchemaTest, AFieldIdNeverGetsAnotherMeaning) {
  TableState table = table_at("/lake/t");
  table.last_column_id = 9;  // of columns that an older snapshot has
  const Schema schema = with_ids_of(
      table, {{"ticker", "string"}, {"date", "date"}, {"close", "float"}, {"open", "double"}});
  EXPECT_EQ(schema[0].id, 1);
  EXPECT_EQ(schema[1].id, 2);
  EXPECT_EQ(schema[2].id, 10);
  EXPECT_EQ(schema[3].id, 11);
}

TEST(MetadataTest, WhatIsWrittenIsRead) {
  const TableState table = table_at("/lake/t");
  const auto read = parse_metadata(metadata_json(table, "/lake/t"), "here");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->uuid, table.uuid);
  EXPECT_EQ(read->location, "/lake/t");
  EXPECT_EQ(read->schema, kSchema);
  EXPECT_EQ(read->properties, table.properties);
  EXPECT_EQ(read->for_engines, table.for_engines);
  EXPECT_EQ(read->tags, table.tags);
  EXPECT_EQ(read->updated_at, kNow);
  ASSERT_EQ(read->snapshots.size(), 2U);
  EXPECT_EQ(read->snapshots[1].parent, 1);
  EXPECT_EQ(read->snapshots[1].committed_at, kNow);
  EXPECT_EQ(read->snapshots[1].manifest_list, "metadata/snap-2-x.avro");
  EXPECT_EQ(read->snapshots[1].summary.at("operation"), "append");
  EXPECT_EQ(read->log.at(0).path, "metadata/v2.metadata.json");
  EXPECT_EQ(metadata_json(*read, "/lake/t"), metadata_json(table, "/lake/t"));
}

TEST(MetadataTest, DamageIsNamed) {
  for (const char* text : {"", "{", "[]", "{}", R"({"format":"signals-table-1"})",
                           R"({"format-version":3})", R"({"format-version":2,"table-uuid":5})"}) {
    const auto read = parse_metadata(text, "lake/t/v1");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::bad_metadata);
    EXPECT_EQ(read.error().what.find("lake/t/v1: "), 0U);
  }
}

// What an engine of Iceberg may do to a table and signals cannot go on from.
TEST(MetadataTest, OthersTablesAreRefused) {
  const auto whole = nlohmann::json::parse(metadata_json(table_at("/lake/t"), "/lake/t"));
  const auto refused = [](const nlohmann::json& json, const char* why) {
    const auto read = parse_metadata(json.dump(), "here");
    const std::string what = read ? "" : read.error().what;
    EXPECT_NE(what.find(why), std::string::npos) << what;
  };
  auto json = whole;
  json["schemas"][0]["fields"][2]["type"] = "decimal(9,2)";
  refused(json, "close has a type");
  json = whole;
  json["partition-specs"][0]["fields"][0]["transform"] = "month";
  refused(json, "partitioned by month");
  json = whole;
  json["partition-specs"][0]["spec-id"] = 1;
  refused(json, "partitioning was changed");
  json = whole;
  json["current-snapshot-id"] = 1;
  refused(json, "not the current one");
  json = whole;
  json["snapshots"][0]["manifest-list"] = "/elsewhere/snap.avro";
  refused(json, "not below /lake/t");
}

}  // namespace
}  // namespace signals
