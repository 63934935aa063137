#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
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
    store_big_endian(room_for(sizeof(Int)), value);
  }
  void write_bool(bool value) { write_int<std::int8_t>(value ? 1 : 0); }
  void write_double(double value);
  void write_uuid(const Uuid& id);

  void write_unsigned_varint(std::uint64_t value);

  /// Lengths; -1 is null.
  void write_string_length(std::int64_t length, bool flexible);
  void write_length(std::int64_t length, bool flexible);
  void write_view(ByteView bytes) {
    if (!bytes.empty()) std::memcpy(room_for(bytes.size()), bytes.data(), bytes.size());
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

  /// Of memory and file parts together.
  std::size_t size_bytes() const { return used_bytes_ + file_bytes_; }
  /// Valid until the next write.
  ByteView bytes() const { return ByteView(parts_.bytes).first(used_bytes_); }
  /// Nothing is written afterwards.
  WireParts take() {
    parts_.bytes.resize(used_bytes_);
    return std::move(parts_);
  }
  void reserve(std::size_t size_bytes) {
    if (size_bytes > parts_.bytes.size()) parts_.bytes.resize(size_bytes);
  }

 private:
  /// The next `count` bytes. The vector is kept larger than what is in use: appending to one costs
  /// a call for every field.
  std::byte* room_for(std::size_t count) {
    if (count > parts_.bytes.size() - used_bytes_) [[unlikely]]
      grow(count);
    return parts_.bytes.data() + std::exchange(used_bytes_, used_bytes_ + count);
  }
  void grow(std::size_t count);

  WireParts parts_;
  std::size_t used_bytes_ = 0;
  std::size_t file_bytes_ = 0;
  std::string error_;
};

}  // namespace kreel::protocol
