#pragma once

#include <cstdint>
#include <string>

namespace kreel::net {

/// The protocol whose first four bytes, read as a big-endian size, are `first_bytes`: "an HTTP
/// request", "a TLS handshake", "an SSH client"; empty when they tell nothing.
std::string name_wrong_protocol(std::uint32_t first_bytes);

}  // namespace kreel::net
