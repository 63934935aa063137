#include "base/crc32c.hpp"

#include <isa-l/crc.h>

namespace kreel {

std::uint32_t crc32c(ByteView bytes, std::uint32_t seed) {
  // ISA-L takes an int length and leaves the inversions to the caller; its signature lacks const.
  constexpr std::size_t kChunkBytes = 1U << 30;
  std::uint32_t state = ~seed;
  while (!bytes.empty()) {
    const std::size_t length = bytes.size() < kChunkBytes ? bytes.size() : kChunkBytes;
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
    state = crc32_iscsi(data, static_cast<int>(length), state);
    bytes = bytes.subspan(length);
  }
  return ~state;
}

}  // namespace kreel
