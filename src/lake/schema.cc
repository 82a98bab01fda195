#include "lake/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace signals {
namespace {

constexpr int kFirstPartitionId = 1000;
constexpr std::size_t kBoundCharacters = 16;

const ColumnSpec* find(const Schema& schema, const std::string& name) {
  const auto found = std::ranges::find(schema, name, &ColumnSpec::name);
  return found == schema.end() ? nullptr : &*found;
}

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

// How many bytes the first characters of a UTF-8 text take.
std::size_t bytes_of_characters(std::string_view text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i]) && seen++ == characters) return i;
  }
  return text.size();
}

// Empty for bytes that are no UTF-8.
std::optional<std::uint32_t> decode_character(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes.size() != size || (lead >= 0x80 && lead < 0xC0)) return std::nullopt;
  if (size == 1) return lead;
  std::uint32_t code = lead & (0x7FU >> size);
  for (const char byte : bytes.substr(1)) {
    code = (code << 6) | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return code;
}

std::string encode_character(std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80 | ((code >> shift) & 0x3F));
  };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
}

// The character after this one; empty behind the last.
std::optional<std::uint32_t> next_character(std::uint32_t code) {
  if (code == 0xD7FF) return 0xE000;  // what lies between are no characters
  if (code >= 0x10FFFF) return std::nullopt;
  return code + 1;
}

// Of a date: days since 1970, or text.
Date date_of(const std::string& bound) {
  if (bound.size() > sizeof(std::int32_t)) return parse_date(bound).value_or(Date{});
  std::int32_t days = 0;
  std::memcpy(&days, bound.data(), bound.size());
  return Date{std::chrono::days(days)};
}

tl::unexpected<Error> differs(const TableState& table, const std::string& what) {
  return fail(ErrorCode::schema_differs, fmt::format("table {}: {}", table.name, what));
}

}  // namespace

std::vector<PartitionField> partition_fields(const Schema& schema) {
  std::vector<PartitionField> fields;
  for (const auto kind : {Partitioning::year, Partitioning::bucket}) {
    const auto found = std::ranges::find(schema, kind, &ColumnSpec::partition);
    if (found == schema.end()) continue;
    PartitionField field;
    field.id = kFirstPartitionId + static_cast<int>(fields.size());
    field.source_id = found->id != 0 ? found->id : static_cast<int>(found - schema.begin()) + 1;
    field.kind = kind;
    field.text = kind == Partitioning::year && found->type == "string";
    field.transform = kind == Partitioning::bucket ? fmt::format("bucket[{}]", kBuckets)
                      : field.text                 ? "truncate[4]"
                                                   : "year";
    const char* const suffix = kind == Partitioning::bucket ? "_bucket"
                               : field.text                 ? "_trunc"
                                                            : "_year";
    field.name = found->name + suffix;
    fields.push_back(std::move(field));
  }
  return fields;
}

int sort_order_id(const Schema& schema) {
  return std::ranges::any_of(schema, &ColumnSpec::key) ? 1 : 0;
}

int date_id(const Schema& schema) {
  const ColumnSpec* column = find(schema, kDateColumn);
  return column == nullptr ? 0 : column->id;
}

bool is_required(const ColumnSpec& column) {
  return column.name == "ticker" || column.name == kDateColumn;
}

Schema with_ids(Schema schema) {
  int place = 0;
  for (auto& column : schema) {
    ++place;
    if (column.id == 0) column.id = place;
  }
  return schema;
}

Schema with_ids_of(const TableState& table, Schema schema) {
  int last = table.last_column_id;
  for (auto& column : schema) {
    const ColumnSpec* known = find(table.schema, column.name);
    column.id = known != nullptr && known->type == column.type ? known->id : ++last;
  }
  return schema;
}

Result<void> check_schema(const TableState& table, const Schema& after) {
  for (const auto& column : table.schema) {
    const ColumnSpec* now = find(after, column.name);
    if (now == nullptr) return differs(table, fmt::format("it has a column {}", column.name));
    if (now->type != column.type) {
      return differs(
          table, fmt::format("its column {} is {}, not {}", column.name, column.type, now->type));
    }
    if (*now != column) {
      return differs(table, fmt::format("its column {} has another place or role", column.name));
    }
  }
  for (const auto& column : after) {
    if (find(table.schema, column.name) == nullptr && column.id <= table.last_column_id) {
      return differs(table, fmt::format("column {} has the field id of another", column.name));
    }
  }
  return {};
}

void set_dates(DataFile& file, int date_id) {
  const auto stats = file.stats.find(date_id);
  if (stats == file.stats.end() || !stats->second.lower || !stats->second.upper) return;
  file.first_date = date_of(*stats->second.lower);
  file.last_date = date_of(*stats->second.upper);
}

std::string lower_bound_of(std::string_view text) {
  return std::string(text.substr(0, bytes_of_characters(text, kBoundCharacters)));
}

std::optional<std::string> upper_bound_of(std::string_view text) {
  std::string_view kept = text.substr(0, bytes_of_characters(text, kBoundCharacters));
  if (kept.size() == text.size()) return std::string(text);
  // The last character that has one after it makes way for that.
  while (!kept.empty()) {
    std::size_t at = kept.size() - 1;
    while (at > 0 && !begins_character(kept[at])) --at;
    const auto last = decode_character(kept.substr(at));
    if (!last) return std::nullopt;
    const auto next = next_character(*last);
    kept = kept.substr(0, at);
    if (next) return std::string(kept) + encode_character(*next);
  }
  return std::nullopt;
}

}  // namespace signals
