#include "protocol/compression.hpp"

#include "base/assert.hpp"
#include "protocol/compression/codecs.hpp"

namespace kreel::protocol {

Bytes compress(Compression codec, ByteView bytes, std::optional<int> level) {
  switch (codec) {
    case Compression::kNone:
      return {bytes.begin(), bytes.end()};
    case Compression::kGzip:
      return gzip_compress(bytes, level.value_or(kDefaultGzipLevel));
    case Compression::kSnappy:
      return snappy_compress(bytes);
    case Compression::kLz4:
      return lz4_compress(bytes, level.value_or(kDefaultLz4Level));
    case Compression::kZstd:
      return zstd_compress(bytes, level.value_or(kDefaultZstdLevel));
  }
  KREEL_ASSERT(false, "a codec that exists");
}

Result<Bytes> decompress(Compression codec, ByteView bytes, std::size_t max_bytes) {
  switch (codec) {
    case Compression::kNone:
      if (bytes.size() > max_bytes) return output_too_large("records");
      return Bytes(bytes.begin(), bytes.end());
    case Compression::kGzip:
      return gzip_decompress(bytes, max_bytes);
    case Compression::kSnappy:
      return snappy_decompress(bytes, max_bytes);
    case Compression::kLz4:
      return lz4_decompress(bytes, max_bytes);
    case Compression::kZstd:
      return zstd_decompress(bytes, max_bytes);
  }
  return malformed_input("records", "unknown compression codec");
}

std::string_view to_string(Compression codec) {
  switch (codec) {
    case Compression::kNone:
      return "none";
    case Compression::kGzip:
      return "gzip";
    case Compression::kSnappy:
      return "snappy";
    case Compression::kLz4:
      return "lz4";
    case Compression::kZstd:
      return "zstd";
  }
  return "unknown";
}

std::optional<Compression> compression_from_name(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(Compression::kZstd); ++number) {
    const auto codec = static_cast<Compression>(number);
    if (to_string(codec) == name) return codec;
  }
  return std::nullopt;
}

}  // namespace kreel::protocol
