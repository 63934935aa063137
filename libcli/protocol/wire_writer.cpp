#include "protocol/wire_writer.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace kreel::protocol {

std::size_t WireParts::size_bytes() const {
  std::size_t total = bytes.size();
  for (const FilePart& part : files) total += part.records.size_bytes();
  return total;
}

void WireWriter::grow(std::size_t count) {
  constexpr std::size_t kLeastBytes = 64;
  const std::size_t twice = 2 * parts_.bytes.size();
  parts_.bytes.resize(std::max({used_bytes_ + count, twice, kLeastBytes}));
}

void WireWriter::write_double(double value) {
  write_int(std::bit_cast<std::uint64_t>(value));
}

void WireWriter::write_uuid(const Uuid& id) {
  write_view(id.bytes);
}

void WireWriter::write_unsigned_varint(std::uint64_t value) {
  while (value >= 0x80) {
    write_int(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  write_int(static_cast<std::uint8_t>(value));
}

void WireWriter::write_string_length(std::int64_t length, bool flexible) {
  if (length > std::numeric_limits<std::int16_t>::max()) return fail("a string is too long");
  if (flexible) return write_unsigned_varint(static_cast<std::uint64_t>(length + 1));
  write_int(static_cast<std::int16_t>(length));
}

void WireWriter::write_length(std::int64_t length, bool flexible) {
  if (length > std::numeric_limits<std::int32_t>::max()) return fail("an array is too long");
  if (flexible) return write_unsigned_varint(static_cast<std::uint64_t>(length + 1));
  write_int(static_cast<std::int32_t>(length));
}

void WireWriter::write_records(const Records& records, bool flexible) {
  if (records.is_null()) return write_length(-1, flexible);
  write_length(static_cast<std::int64_t>(records.size_bytes()), flexible);
  if (!records.is_file()) return write_view(records.bytes());
  parts_.files.push_back({.at = used_bytes_, .records = records});
  file_bytes_ += records.size_bytes();
}

}  // namespace kreel::protocol
