#include "protocol/wire_reader.hpp"

#include <bit>
#include <cstring>

#include "protocol/varint.hpp"

namespace kreel::protocol {

double WireReader::read_double() {
  return std::bit_cast<double>(read_int<std::uint64_t>());
}

Uuid WireReader::read_uuid() {
  Uuid id;
  const ByteView bytes = read_view(id.bytes.size());
  if (!failed_) std::memcpy(id.bytes.data(), bytes.data(), id.bytes.size());
  return id;
}

std::uint32_t WireReader::read_unsigned_varint() {
  const std::byte* const end = rest_.data() + rest_.size();
  const VarintRead read = get_long_varint(rest_.data(), end, kMaxVarintBytes);
  if (read.after == nullptr) return fail(), 0;
  rest_ = ByteView(read.after, end);
  return static_cast<std::uint32_t>(read.raw);
}

std::int32_t WireReader::read_string_length(bool flexible) {
  const std::int32_t length = flexible ? read_length(true) : read_int<std::int16_t>();
  if (length < -1 || length > INT16_MAX) fail();  // 32767 also where the compact form has room
  return failed_ ? -1 : length;
}

std::int32_t WireReader::read_length(bool flexible) {
  if (!flexible) {
    const auto length = read_int<std::int32_t>();
    if (length < -1) fail();
    return failed_ ? -1 : length;
  }
  const std::uint32_t plus_one = read_unsigned_varint();
  if (plus_one > static_cast<std::uint32_t>(INT32_MAX)) fail();
  return failed_ ? -1 : static_cast<std::int32_t>(plus_one) - 1;
}

ByteView WireReader::read_view(std::size_t count) {
  if (count > rest_.size()) return fail(), ByteView{};
  const ByteView view = rest_.first(count);
  rest_ = rest_.subspan(count);
  return view;
}

bool WireReader::claim_elements(std::int32_t count, std::size_t element_size_bytes) {
  const auto wanted = static_cast<std::size_t>(count);
  if (wanted > rest_.size() || wanted * element_size_bytes > budget_bytes_) return fail(), false;
  budget_bytes_ -= wanted * element_size_bytes;
  return true;
}

}  // namespace kreel::protocol
