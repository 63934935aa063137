#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace kreel {

/// CRC-32C (Castagnoli), as record batches carry it. `seed` continues an earlier checksum.
std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0);

}  // namespace kreel
