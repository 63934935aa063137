#include "base/siphash.hpp"

#include <bit>
#include <cstring>

namespace kreel {
namespace {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  }

  void absorb(std::uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }

  std::uint64_t sum() const { return v0 ^ v1 ^ v2 ^ v3; }
};

static_assert(std::endian::native == std::endian::little, "words are read as they lie");

}  // namespace

Hash128 siphash(const SipKey& key, ByteView bytes) {
  SipState state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d,
                 key.low ^ 0x6c7967656e657261, key.high ^ 0x7465646279746573};
  state.v1 ^= 0xee;  // 128 bits are wanted
  const std::byte* at = bytes.data();
  const std::size_t whole = bytes.size() / 8;
  for (std::size_t i = 0; i < whole; ++i, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    state.absorb(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56U;
  for (std::size_t i = 0; i < bytes.size() % 8; ++i) {
    last |= static_cast<std::uint64_t>(at[i]) << (8 * i);
  }
  state.absorb(last);
  state.v2 ^= 0xee;
  state.rounds(4);
  Hash128 hash;
  hash.low = state.sum();
  state.v1 ^= 0xdd;
  state.rounds(4);
  hash.high = state.sum();
  return hash;
}

}  // namespace kreel
