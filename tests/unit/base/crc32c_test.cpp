#include "base/crc32c.hpp"

#include <doctest/doctest.h>

using namespace kreel;

TEST_CASE("crc32c: the check value and the vectors of RFC 3720 B.4") {
  CHECK(crc32c(as_bytes("123456789")) == 0xe3069283U);
  CHECK(crc32c(Bytes(32, std::byte{0x00})) == 0x8a9136aaU);
  CHECK(crc32c(Bytes(32, std::byte{0xff})) == 0x62a8ab43U);
  CHECK(crc32c({}) == 0U);
}

TEST_CASE("crc32c: a seed continues an earlier checksum") {
  const std::uint32_t first = crc32c(as_bytes("12345"));
  CHECK(crc32c(as_bytes("6789"), first) == 0xe3069283U);
}
