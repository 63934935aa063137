#include "net/wrong_protocol.hpp"

#include <doctest/doctest.h>

using kreel::net::name_wrong_protocol;

TEST_CASE("wrong protocol: the first four bytes tell who knocks") {
  CHECK(name_wrong_protocol(1195725856U) == "an HTTP request");  // "GET "
  CHECK(name_wrong_protocol(0x16030100U) == "a TLS handshake");
  CHECK(name_wrong_protocol(0x16030300U) == "a TLS handshake");
  CHECK(name_wrong_protocol(0x5353482dU) == "an SSH client");
  CHECK(name_wrong_protocol(35U).empty());
}
