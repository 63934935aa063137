#pragma once

#include <cstddef>
#include <cstdint>

namespace kreel::protocol {

// The zig-zag LEB128 integers inside record batches, on raw memory: the walk over a produce batch
// is the hottest loop of the broker. Frames go through WireReader and WireWriter instead.

inline constexpr std::size_t kMaxVarintBytes = 5;    ///< of an int32
inline constexpr std::size_t kMaxVarlongBytes = 10;  ///< of an int64

constexpr std::uint64_t zig_zag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}
constexpr std::int64_t un_zig_zag(std::uint64_t raw) {
  return static_cast<std::int64_t>((raw >> 1U) ^ (~(raw & 1U) + 1U));
}

constexpr std::size_t varint_bytes(std::int64_t value) {
  std::size_t bytes = 1;
  for (std::uint64_t raw = zig_zag(value); raw >= 0x80; raw >>= 7U) ++bytes;
  return bytes;
}

/// Writes `value` at `to`, where varint_bytes(value) are free; returns the position after it.
inline std::byte* put_varint(std::byte* to, std::int64_t value) {
  std::uint64_t raw = zig_zag(value);
  for (; raw >= 0x80; raw >>= 7U) *to++ = static_cast<std::byte>(raw | 0x80U);
  *to++ = static_cast<std::byte>(raw);
  return to;
}

/// Where reading goes on (null when there is no well-formed varint) and what was read, still in
/// zig-zag: a length is then a shift away, and -1 is raw 1. Returned in two registers.
struct VarintRead {
  const std::byte* after = nullptr;
  std::uint64_t raw = 0;

  std::int64_t value() const { return un_zig_zag(raw); }
};

/// What get_varint falls back to for more than two bytes, and at the end of the input.
VarintRead get_long_varint(const std::byte* at, const std::byte* end, std::size_t max_bytes);

/// Reads from [at, end). A varint is malformed when it is cut off, longer than `kMaxBytes`, or
/// beyond an int32 where kMaxBytes is kMaxVarintBytes.
template <std::size_t kMaxBytes>
[[gnu::always_inline]] inline VarintRead get_varint(const std::byte* at, const std::byte* end) {
  if (end - at >= 2) [[likely]] {
    const auto first = static_cast<std::uint32_t>(at[0]);
    if (first < 0x80) return {at + 1, first};
    const auto second = static_cast<std::uint32_t>(at[1]);
    if (second < 0x80) return {at + 2, (first & 0x7fU) | (second << 7U)};
  }
  return get_long_varint(at, end, kMaxBytes);
}

/// Three bytes can be read at `at`, whatever they mean; null when the varint is longer.
[[gnu::always_inline]] inline VarintRead get_short_varint(const std::byte* at) {
  const auto first = static_cast<std::uint32_t>(at[0]);
  if (first < 0x80) [[likely]]
    return {at + 1, first};
  const auto second = static_cast<std::uint32_t>(at[1]);
  if (second < 0x80) return {at + 2, (first & 0x7fU) | (second << 7U)};
  const auto third = static_cast<std::uint32_t>(at[2]);
  if (third < 0x80) return {at + 3, (first & 0x7fU) | ((second & 0x7fU) << 7U) | (third << 14U)};
  return {};
}

}  // namespace kreel::protocol
