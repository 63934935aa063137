#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kreel {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Big-endian load and store at an address that the caller has checked for room.
template <class Int>
Int load_big_endian(const std::byte* from) {
  std::make_unsigned_t<Int> value;
  std::memcpy(&value, from, sizeof(value));
  if constexpr (sizeof(Int) == 2) value = __builtin_bswap16(value);
  if constexpr (sizeof(Int) == 4) value = __builtin_bswap32(value);
  if constexpr (sizeof(Int) == 8) value = __builtin_bswap64(value);
  return static_cast<Int>(value);
}

template <class Int>
void store_big_endian(std::byte* to, Int value) {
  auto raw = static_cast<std::make_unsigned_t<Int>>(value);
  if constexpr (sizeof(Int) == 2) raw = __builtin_bswap16(raw);
  if constexpr (sizeof(Int) == 4) raw = __builtin_bswap32(raw);
  if constexpr (sizeof(Int) == 8) raw = __builtin_bswap64(raw);
  std::memcpy(to, &raw, sizeof(raw));
}

}  // namespace kreel
