#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::protocol {

// Kafka's defaults of compression.{gzip,lz4,zstd}.level.
inline constexpr int kDefaultGzipLevel = -1;  ///< zlib's own
inline constexpr int kDefaultLz4Level = 9;  ///< in Kafka the fast compressor; others are HC levels
inline constexpr int kDefaultZstdLevel = 3;

/// Compresses in the framing that Kafka clients read: gzip member, xerial snappy stream of 32 KiB
/// blocks, LZ4 frame of independent 64 KiB blocks, zstd frame. `level` only where the codec has
/// one, clamped to what the library knows; nullopt is Kafka's default.
Bytes compress(Compression codec, ByteView bytes, std::optional<int> level = std::nullopt);

/// Accepts what clients send: concatenated gzip members and zstd frames, snappy with and without
/// xerial framing. ErrorKind::kBadInput on malformed input and when the output would pass
/// `max_bytes`, which is checked before memory is taken.
Result<Bytes> decompress(Compression codec, ByteView bytes, std::size_t max_bytes);

/// "none", "gzip", "snappy", "lz4", "zstd": the words of compression.type; "unknown" for a number
/// outside the five.
std::string_view to_string(Compression codec);
std::optional<Compression> compression_from_name(std::string_view name);

}  // namespace kreel::protocol
