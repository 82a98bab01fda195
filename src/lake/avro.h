// Apache Avro: its binary encoding and its container file, as far as Iceberg's manifests use them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"

namespace signals {

// Appends values. A value of the union ["null", T] is none(), or some() and then T's value; an
// array is count items behind begin_items(count), then end_items().
class AvroWriter {
 public:
  AvroWriter& whole(std::int64_t value);     // int or long
  AvroWriter& text(std::string_view bytes);  // string or bytes
  AvroWriter& boolean(bool value);
  AvroWriter& none() { return whole(0); }
  AvroWriter& some() { return whole(1); }
  AvroWriter& begin_items(std::size_t count);
  AvroWriter& end_items() { return whole(0); }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Takes values out again. After the first that is not there or cannot be, failed() is true and all
// that follows is zero or empty: callers check once, at the end.
class AvroReader {
 public:
  explicit AvroReader(std::string_view bytes) : rest_(bytes) {}

  std::int64_t whole();
  std::string_view text();
  bool boolean();
  bool present();  // of ["null", T]

  // Calls `each` before every item of an array or map.
  template <class Each>
  void items(Each each) {
    for (std::int64_t count = begin_block(); count > 0 && !failed_; count = begin_block()) {
      for (; count > 0 && !failed_; --count) each();
    }
  }

  std::string_view take(std::size_t size);  // as it stands
  [[nodiscard]] bool at_end() const { return rest_.empty() || failed_; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::int64_t begin_block();
  void fail();

  std::string_view rest_;
  bool failed_ = false;
};

// A container file of records of one schema, uncompressed.
struct AvroFile {
  std::string schema;                           // JSON
  std::map<std::string, std::string> metadata;  // besides avro.*
  std::int64_t count = 0;
  std::string records;  // encoded, one behind the other
};

std::string avro_bytes(const AvroFile& file);

// bad_metadata, which names `where`, for what is no such file, is cut short, or holds records of
// another schema: only files of our own hand are read.
Result<AvroFile> parse_avro(std::string_view bytes, const std::string& schema,
                            const std::string& where);

}  // namespace signals
