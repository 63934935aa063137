#include <snappy.h>

#include <array>
#include <cstring>

#include "protocol/compression/codecs.hpp"

namespace kreel::protocol {
namespace {

// The stream of the Java library "xerial snappy", which every Kafka client writes: this magic, its
// version and the oldest compatible one (int32 each), then blocks with an int32 length in front.
constexpr std::array kStreamMagic = {std::byte{0x82}, std::byte{'S'}, std::byte{'N'},
                                     std::byte{'A'},  std::byte{'P'}, std::byte{'P'},
                                     std::byte{'Y'},  std::byte{0}};
constexpr std::size_t kStreamHeaderBytes = kStreamMagic.size() + 8;
constexpr std::int32_t kStreamVersion = 1;
constexpr std::size_t kBlockBytes = 32 * 1024;
constexpr std::size_t kLengthBytes = 4;

/// Snappy's best ratio: 64 bytes from a three-byte copy. A block that claims more is lying, and no
/// memory is taken for it.
constexpr std::size_t kMaxRatio = 64;

Result<void> append_block(ByteView block, std::size_t max_bytes, Bytes& out) {
  const char* data = reinterpret_cast<const char*>(block.data());
  std::size_t size_bytes = 0;
  if (!snappy::GetUncompressedLength(data, block.size(), &size_bytes)) {
    return malformed_input("snappy", "corrupt block length");
  }
  if (size_bytes > max_bytes - out.size()) return output_too_large("snappy");
  if (size_bytes > block.size() * kMaxRatio) return malformed_input("snappy", "corrupt block");
  const std::size_t at = out.size();
  out.resize(at + size_bytes);
  char* to = reinterpret_cast<char*>(out.data() + at);
  if (!snappy::RawUncompress(data, block.size(), to)) {
    return malformed_input("snappy", "corrupt block");
  }
  return {};
}

bool is_stream(ByteView bytes) {
  return bytes.size() >= kStreamHeaderBytes &&
         std::memcmp(bytes.data(), kStreamMagic.data(), kStreamMagic.size()) == 0;
}

}  // namespace

Bytes snappy_compress(ByteView bytes) {
  const std::size_t blocks = (bytes.size() + kBlockBytes - 1) / kBlockBytes;
  Bytes out(kStreamHeaderBytes +
            blocks * (kLengthBytes + snappy::MaxCompressedLength(kBlockBytes)));
  std::memcpy(out.data(), kStreamMagic.data(), kStreamMagic.size());
  store_big_endian(out.data() + kStreamMagic.size(), kStreamVersion);
  store_big_endian(out.data() + kStreamMagic.size() + 4, kStreamVersion);
  std::size_t at = kStreamHeaderBytes;
  while (!bytes.empty()) {
    const ByteView block = bytes.first(std::min(bytes.size(), kBlockBytes));
    std::size_t written = 0;
    snappy::RawCompress(reinterpret_cast<const char*>(block.data()), block.size(),
                        reinterpret_cast<char*>(out.data() + at + kLengthBytes), &written);
    store_big_endian(out.data() + at, static_cast<std::int32_t>(written));
    at += kLengthBytes + written;
    bytes = bytes.subspan(block.size());
  }
  out.resize(at);
  return out;
}

Result<Bytes> snappy_decompress(ByteView bytes, std::size_t max_bytes) {
  Bytes out;
  if (!is_stream(bytes)) {
    TRY(append_block(bytes, max_bytes, out));
    return out;
  }
  bytes = bytes.subspan(kStreamHeaderBytes);
  while (!bytes.empty()) {
    if (bytes.size() < kLengthBytes) return malformed_input("snappy", "cut off");
    const auto length = load_big_endian<std::uint32_t>(bytes.data());
    bytes = bytes.subspan(kLengthBytes);
    if (length > bytes.size()) return malformed_input("snappy", "cut off");
    TRY(append_block(bytes.first(length), max_bytes, out));
    bytes = bytes.subspan(length);
  }
  return out;
}

}  // namespace kreel::protocol
