#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/uuid.hpp"
#include "protocol/records.hpp"

namespace kreel::protocol {

/// Bytes on their way out, with the places where ranges of files go in between.
struct WireParts {
  struct FilePart {
    std::size_t at = 0;  ///< goes before bytes[at]
    Records records;
  };

  Bytes bytes;
  std::vector<FilePart> files;  ///< in order of `at`
  bool has_error = false;       ///< some error code in it is not NONE; for metrics

  std::size_t size_bytes() const;
};

/// Writes Kafka's primitive types. Mistakes of kreel's own (a value that this version cannot carry)
/// set a sticky error text.
class WireWriter {
 public:
  template <class Int>
  void write_int(Int value) {
    std::array<std::byte, sizeof(Int)> bytes{};
    store_big_endian(bytes.data(), value);
    // vector::resize() and insert() are calls of functions, whatever the room is.
    for (const std::byte one : bytes) parts_.bytes.push_back(one);
  }
  void write_bool(bool value) { write_int<std::int8_t>(value ? 1 : 0); }
  void write_double(double value);
  void write_uuid(const Uuid& id);

  void write_unsigned_varint(std::uint64_t value);
  void write_varint(std::int32_t value);   ///< zig-zag
  void write_varlong(std::int64_t value);  ///< zig-zag

  /// Lengths; -1 is null.
  void write_string_length(std::int64_t length, bool flexible);
  void write_length(std::int64_t length, bool flexible);
  void write_view(ByteView bytes) {
    parts_.bytes.insert(parts_.bytes.end(), bytes.begin(), bytes.end());
  }
  /// Memory is copied, a file range is kept as a part of its own.
  void write_records(const Records& records, bool flexible);

  /// An int32 at `at` that was written as a placeholder.
  void patch_int32(std::size_t at, std::int32_t value) {
    store_big_endian(parts_.bytes.data() + at, value);
  }

  void note_error_code() { parts_.has_error = true; }

  void fail(std::string_view why) {
    if (error_.empty()) error_ = why;
  }
  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }

  std::size_t size_bytes() const { return parts_.size_bytes(); }
  const Bytes& bytes() const { return parts_.bytes; }
  WireParts take() { return std::move(parts_); }
  void reserve(std::size_t size_bytes) { parts_.bytes.reserve(size_bytes); }

 private:
  WireParts parts_;
  std::string error_;
};

}  // namespace kreel::protocol
