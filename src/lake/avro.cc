#include "lake/avro.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "core/random.h"

namespace signals {
namespace {

constexpr std::string_view kMagic{"Obj\1", 4};
constexpr std::size_t kMarkerBytes = 16;
constexpr const char* kSchemaKey = "avro.schema";
constexpr const char* kCodecKey = "avro.codec";

// What separates the blocks of a file: bytes that its records do not hold by chance.
std::string random_marker() {
  std::string marker;
  while (marker.size() < kMarkerBytes) {
    const std::uint64_t part = chance();
    marker.append(reinterpret_cast<const char*>(&part), sizeof part);
  }
  return marker;
}

}  // namespace

AvroWriter& AvroWriter::whole(std::int64_t value) {
  // Zigzag, then seven bits a byte from the lowest.
  auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (; rest >= 0x80; rest >>= 7) bytes_ += static_cast<char>((rest & 0x7f) | 0x80);
  bytes_ += static_cast<char>(rest);
  return *this;
}

AvroWriter& AvroWriter::text(std::string_view bytes) {
  whole(static_cast<std::int64_t>(bytes.size()));
  bytes_ += bytes;
  return *this;
}

AvroWriter& AvroWriter::boolean(bool value) {
  bytes_ += value ? '\1' : '\0';
  return *this;
}

AvroWriter& AvroWriter::begin_items(std::size_t count) {
  return count == 0 ? *this : whole(static_cast<std::int64_t>(count));
}

void AvroReader::fail() {
  failed_ = true;
  rest_ = {};
}

std::int64_t AvroReader::whole() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) break;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  fail();
  return 0;
}

std::string_view AvroReader::take(std::size_t size) {
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::string_view AvroReader::text() {
  const std::int64_t size = whole();
  return take(size < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(size));
}

bool AvroReader::boolean() {
  const auto byte = take(1);
  if (!failed_ && static_cast<unsigned char>(byte.front()) > 1) fail();
  return !failed_ && byte.front() == '\1';
}

bool AvroReader::present() {
  const std::int64_t branch = whole();
  if (branch != 0 && branch != 1) fail();
  return !failed_ && branch == 1;
}

std::int64_t AvroReader::begin_block() {
  std::int64_t count = whole();
  if (count < 0) {  // then the block's size in bytes follows
    whole();
    count = count == std::numeric_limits<std::int64_t>::min() ? 0 : -count;
  }
  // No item of ours takes less than a byte: a count beyond the bytes is damage.
  if (static_cast<std::uint64_t>(count) > rest_.size()) fail();
  return failed_ ? 0 : count;
}

std::string avro_bytes(const AvroFile& file) {
  AvroWriter header;
  header.begin_items(file.metadata.size() + 2);
  header.text(kSchemaKey).text(file.schema).text(kCodecKey).text("null");
  for (const auto& [key, value] : file.metadata) header.text(key).text(value);
  header.end_items();
  const std::string marker = random_marker();
  std::string bytes(kMagic);
  bytes += header.bytes() + marker;
  if (file.count == 0) return bytes;
  AvroWriter block;
  block.whole(file.count).text(file.records);
  return bytes + block.bytes() + marker;
}

Result<AvroFile> parse_avro(std::string_view bytes, const std::string& schema,
                            const std::string& where) {
  const auto bad = [&](const char* what) {
    return fail(ErrorCode::bad_metadata, fmt::format("{}: {}", where, what));
  };
  AvroReader reader(bytes);
  if (reader.take(kMagic.size()) != kMagic) return bad("it is no Avro file");
  AvroFile file;
  reader.items([&] {
    std::string key(reader.text());
    file.metadata[std::move(key)] = reader.text();
  });
  const std::string marker(reader.take(kMarkerBytes));
  if (reader.failed()) return bad("its header is damaged");
  file.schema = file.metadata[kSchemaKey];
  const std::string codec = file.metadata[kCodecKey];
  if (file.schema != schema || (codec != "null" && !codec.empty())) {
    return bad("another program wrote it, in a form that signals does not read");
  }
  file.metadata.erase(kSchemaKey);
  file.metadata.erase(kCodecKey);
  while (!reader.at_end()) {
    file.count += reader.whole();
    file.records += reader.text();
    if (reader.take(kMarkerBytes) != marker) return bad("it is cut short or damaged");
  }
  return file;
}

}  // namespace signals
