#include "protocol/varint.hpp"

namespace kreel::protocol {

VarintRead get_long_varint(const std::byte* at, const std::byte* end, std::size_t max_bytes) {
  std::uint64_t raw = 0;
  for (std::size_t i = 0; i < max_bytes && at < end; ++i) {
    const auto byte = static_cast<std::uint64_t>(*at++);
    raw |= (byte & 0x7fU) << (7 * i);
    if (byte >= 0x80) continue;
    if (max_bytes == kMaxVarintBytes && raw > UINT32_MAX) return {};
    if (i + 1 == kMaxVarlongBytes && byte > 1) return {};
    return {at, raw};
  }
  return {};
}

}  // namespace kreel::protocol
