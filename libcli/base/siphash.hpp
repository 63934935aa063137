#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace kreel {

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const Hash128&) const = default;
};

/// SipHash-2-4 with 128 bits of output (Aumasson, Bernstein). Whoever does not know the key cannot
/// make two inputs meet.
struct SipKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};
Hash128 siphash(const SipKey& key, ByteView bytes);

}  // namespace kreel
