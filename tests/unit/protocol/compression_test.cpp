#include "protocol/compression.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/random.hpp"
#include "unit/protocol/allocation_peak.hpp"

namespace kreel::protocol {
namespace {

constexpr Compression kCodecs[] = {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                   Compression::kLz4, Compression::kZstd};

Bytes bytes_of(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

/// Text that compresses, of any length.
Bytes sample(std::size_t size_bytes) {
  Bytes bytes(size_bytes);
  for (std::size_t i = 0; i < size_bytes; ++i) {
    bytes[i] = static_cast<std::byte>((i * i / 97 + i / 512) & 0x3f);
  }
  return bytes;
}

Bytes joined(const Bytes& left, const Bytes& right) {
  Bytes both = left;
  both.insert(both.end(), right.begin(), right.end());
  return both;
}

}  // namespace

TEST_CASE("compression: every codec gives back what it was given, at any size") {
  for (const Compression codec : kCodecs) {
    for (const std::size_t size : {0U, 1U, 100U, 32'768U, 32'769U, 65'536U, 300'000U}) {
      CAPTURE(to_string(codec));
      CAPTURE(size);
      const Bytes original = sample(size);
      const Result<Bytes> back = decompress(codec, compress(codec, original), size);
      REQUIRE(back.has_value());
      CHECK(*back == original);
    }
  }
}

TEST_CASE("compression: output over the bound is an error, at every size below the real one") {
  const Bytes original = sample(100'000);
  for (const Compression codec : kCodecs) {
    CAPTURE(to_string(codec));
    const Bytes packed = compress(codec, original);
    for (const std::size_t bound : {0U, 1U, 32'768U, 65'536U, 99'999U}) {
      const Result<Bytes> back = decompress(codec, packed, bound);
      REQUIRE_FALSE(back.has_value());
      CHECK(back.error().kind() == ErrorKind::kBadInput);
    }
    CHECK(decompress(codec, packed, 100'000).has_value());
  }
}

TEST_CASE("compression: a bomb costs no more memory than about its bound (CVE-2023-34455)") {
  const Bytes zeros(50'000'000);
  constexpr std::size_t kBound = 1'000'000;
  for (const Compression codec : kCodecs) {
    CAPTURE(to_string(codec));
    const Bytes packed = compress(codec, zeros);
    const AllocationPeak peak;
    const bool refused = !decompress(codec, packed, kBound).has_value();
    const std::size_t held = peak.bytes();
    CHECK(refused);
    CHECK(held < 2 * kBound);
  }
}

TEST_CASE("compression: every truncation of compressed bytes is an error") {
  const Bytes original = sample(5'000);
  for (const Compression codec : kCodecs) {
    if (codec == Compression::kNone) continue;
    CAPTURE(to_string(codec));
    const Bytes packed = compress(codec, original);
    for (std::size_t cut = 0; cut < packed.size(); ++cut) {
      const Result<Bytes> back = decompress(codec, ByteView(packed).first(cut), 5'000);
      // A xerial stream has no end mark: cut between blocks it is a shorter stream.
      if (codec == Compression::kSnappy && cut == 16) continue;
      CAPTURE(cut);
      CHECK_FALSE(back.has_value());
    }
  }
}

TEST_CASE("compression: flipped bits never crash a codec nor pass the bound (CVE-2025-12183)") {
  SeededRandom random(7);
  const Bytes original = sample(3'000);
  for (const Compression codec : kCodecs) {
    const Bytes packed = compress(codec, original);
    for (int round = 0; round < 2'000; ++round) {
      Bytes damaged = packed;
      const std::size_t at = random.next_u64() % damaged.size();
      damaged[at] ^= static_cast<std::byte>(1U << (random.next_u64() % 8));
      const Result<Bytes> back = decompress(codec, damaged, 4'000);
      if (back) CHECK(back->size() <= 4'000);
    }
  }
}

TEST_CASE("gzip: concatenated members are one stream") {
  const Bytes two = joined(compress(Compression::kGzip, bytes_of("left ")),
                           compress(Compression::kGzip, bytes_of("right")));
  CHECK(*decompress(Compression::kGzip, two, 10) == bytes_of("left right"));
  CHECK_FALSE(decompress(Compression::kGzip, two, 9).has_value());
}

TEST_CASE("gzip: bytes that are no member after a member are an error") {
  const Bytes packed = joined(compress(Compression::kGzip, bytes_of("x")), bytes_of("rest"));
  CHECK_FALSE(decompress(Compression::kGzip, packed, 100).has_value());
}

TEST_CASE("zstd: concatenated frames are one stream") {
  const Bytes two = joined(compress(Compression::kZstd, bytes_of("left ")),
                           compress(Compression::kZstd, bytes_of("right")));
  CHECK(*decompress(Compression::kZstd, two, 10) == bytes_of("left right"));
  CHECK_FALSE(decompress(Compression::kZstd, two, 9).has_value());
}

TEST_CASE("zstd: a frame that declares more than the bound is refused before it is unpacked") {
  // Magic, descriptor 0xe0 (8-byte content size, single segment), 2^62, one empty last block.
  const Bytes bomb =
      bytes_of(std::string_view("\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x40\x01\0\0", 16));
  const Result<Bytes> back = decompress(Compression::kZstd, bomb, 1 << 20);
  REQUIRE_FALSE(back.has_value());
  CHECK(back.error().message().find("limit") != std::string::npos);
}

TEST_CASE("zstd: formats before 1.0 are refused, their window has no bound") {
  // Magic of version 0.7 and a window of 128 MiB; found by fuzzing.
  const Bytes old = bytes_of(std::string_view("\x27\xb5\x2f\xfd\x00\x88\x01\x00\x00", 9));
  const Bytes behind = joined(compress(Compression::kZstd, bytes_of("x")), old);
  for (const Bytes& bytes : {old, behind}) {
    const Result<Bytes> back = decompress(Compression::kZstd, bytes, 1 << 20);
    REQUIRE_FALSE(back.has_value());
    CHECK(back.error().message() == "zstd: not a frame");
  }
}

TEST_CASE("snappy: the xerial magic is optional, one raw block is read too") {
  // "hello": length 5, then a literal of 5 bytes (tag (5-1) << 2).
  const Bytes raw = bytes_of("\x05\x10hello");
  CHECK(*decompress(Compression::kSnappy, raw, 5) == bytes_of("hello"));
  CHECK_FALSE(decompress(Compression::kSnappy, raw, 4).has_value());
}

TEST_CASE("snappy: blocks are written in the xerial framing, 32 KiB each") {
  const Bytes packed = compress(Compression::kSnappy, sample(32'769));
  REQUIRE(packed.size() > 20);
  CHECK(as_text(ByteView(packed).first(8)) == std::string_view("\x82SNAPPY\0", 8));
  CHECK(load_big_endian<std::int32_t>(packed.data() + 8) == 1);
  CHECK(load_big_endian<std::int32_t>(packed.data() + 12) == 1);
  const auto first = load_big_endian<std::uint32_t>(packed.data() + 16);
  const auto second = load_big_endian<std::uint32_t>(packed.data() + 20 + first);
  CHECK(packed.size() == 24 + first + second);
}

TEST_CASE("snappy: a block that claims more than snappy can pack takes no memory") {
  // Length varint 2^30, then nothing that could fill it.
  const Bytes lie = bytes_of(std::string_view("\x80\x80\x80\x80\x04\x00", 6));
  CHECK_FALSE(decompress(Compression::kSnappy, lie, std::size_t{1} << 31).has_value());
}

TEST_CASE("lz4: independent 64 KiB blocks without content checksum, as Java writes") {
  const Bytes packed = compress(Compression::kLz4, sample(200'000));
  REQUIRE(packed.size() > 7);
  CHECK(load_big_endian<std::uint32_t>(packed.data()) == 0x04224d18);
  const auto flags = static_cast<unsigned>(packed[4]);
  CHECK((flags >> 6U) == 1);                        // version 01
  CHECK((flags & 0x20U) != 0);                      // blocks are independent
  CHECK((flags & 0x04U) == 0);                      // no content checksum
  CHECK(static_cast<unsigned>(packed[5]) == 0x40);  // 64 KiB
}

TEST_CASE("lz4: a wrong header checksum and bytes after the frame are errors") {
  Bytes packed = compress(Compression::kLz4, sample(1'000));
  CHECK_FALSE(decompress(Compression::kLz4, joined(packed, bytes_of("x")), 2'000).has_value());
  packed[6] ^= std::byte{1};
  CHECK_FALSE(decompress(Compression::kLz4, packed, 2'000).has_value());
}

TEST_CASE("lz4: dependent blocks are refused, since Java clients cannot read them") {
  // `printf kreel | lz4 -c --no-frame-crc -BD` (lz4 1.9.4): flag 0x40, no independence bit.
  const Bytes linked = bytes_of(
      std::string_view("\x04\x22\x4d\x18\x40\x40\xc0\x05\x00\x00\x80kreel\x00\x00\x00\x00", 20));
  CHECK_FALSE(decompress(Compression::kLz4, linked, 100).has_value());
}

TEST_CASE("lz4: a frame that breaks off leaves nothing for the next one (CVE-2025-66566)") {
  // `printf kreel | lz4 -c --content-size --no-frame-crc` (lz4 1.9.4).
  const Bytes sized = bytes_of(std::string_view(
      "\x04\x22\x4d\x18\x68\x40\x05\0\0\0\0\0\0\0\x61\x05\0\0\x80kreel\0\0\0\0", 28));
  const Bytes packed = compress(Compression::kLz4, sample(1'000));
  CHECK(decompress(Compression::kLz4, sized, 100) == bytes_of("kreel"));
  const Bytes cut(sized.begin(), sized.end() - 6);
  CHECK_FALSE(decompress(Compression::kLz4, cut, 100).has_value());
  CHECK(decompress(Compression::kLz4, packed, 2'000) == sample(1'000));
}

TEST_CASE("compression: levels out of range are clamped, Kafka's lz4 default is the fast one") {
  const Bytes original = sample(50'000);
  for (const int level : {-1000, -1, 0, 9, 17, 1000}) {
    for (const Compression codec : kCodecs) {
      CAPTURE(level);
      CHECK(*decompress(codec, compress(codec, original, level), 50'000) == original);
    }
  }
  CHECK(compress(Compression::kLz4, original, 9) == compress(Compression::kLz4, original));
  CHECK(compress(Compression::kLz4, original, 12) != compress(Compression::kLz4, original));
}

TEST_CASE("compression: names are those of compression.type") {
  CHECK(compression_from_name("zstd") == Compression::kZstd);
  CHECK(compression_from_name("none") == Compression::kNone);
  CHECK_FALSE(compression_from_name("producer").has_value());
  CHECK(to_string(static_cast<Compression>(7)) == "unknown");
  CHECK_FALSE(decompress(static_cast<Compression>(7), {}, 10).has_value());
}

}  // namespace kreel::protocol
