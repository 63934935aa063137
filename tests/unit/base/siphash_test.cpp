#include "base/siphash.hpp"

#include <doctest/doctest.h>

using namespace kreel;

namespace {

/// The key and the inputs of the authors' vectors: 00 01 02 ...
Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}
constexpr SipKey kCountingKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

}  // namespace

TEST_CASE("siphash: what OpenSSL computes for the key and the inputs of the authors' vectors") {
  SipHash hash(kCountingKey);
  CHECK(hash.of({}) == Hash128{0xe6a825ba047f81a3, 0x930255c71472f66d});
  CHECK(hash.of(counting(1)) == Hash128{0x44af996bd8c187da, 0x45fc229b11597634});
  CHECK(hash.of(counting(15)) == Hash128{0x11a8b03399e99354, 0xd9c3cf970fec087e});
}

TEST_CASE("siphash: another key gives another hash") {
  CHECK(SipHash({1, 2}).of(as_bytes("key")) != SipHash({2, 1}).of(as_bytes("key")));
}
