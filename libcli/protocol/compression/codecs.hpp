#pragma once

#include <algorithm>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace kreel::protocol {

/// Output of a decompressor that does not know its size: grows step by step and never past the
/// bound, so that a bomb costs at most twice what it has really unpacked. Memory is zeroed before a
/// codec sees it (CVE-2025-66566: stale bytes must not reach a reader).
class BoundedOutput {
 public:
  explicit BoundedOutput(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Free room behind what was produced, at least one byte; empty once the bound is reached.
  MutableByteView room() {
    if (used_ == bytes_.size()) {
      const std::size_t wanted = std::max(kFirstBytes, bytes_.size() * 2);
      bytes_.resize(std::min(wanted, max_bytes_));
    }
    return MutableByteView(bytes_).subspan(used_);
  }
  void produced(std::size_t count) { used_ += count; }
  std::size_t remaining() const { return max_bytes_ - used_; }
  Bytes take() {
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  static constexpr std::size_t kFirstBytes = 32 * 1024;

  Bytes bytes_;
  std::size_t used_ = 0;
  std::size_t max_bytes_;
};

inline tl::unexpected<Error> malformed_input(std::string_view codec, std::string_view what) {
  return fail(ErrorKind::kBadInput, std::string(codec) + ": " + std::string(what));
}
inline tl::unexpected<Error> output_too_large(std::string_view codec) {
  return malformed_input(codec, "decompressed size is over the limit");
}

Bytes gzip_compress(ByteView bytes, int level);
Result<Bytes> gzip_decompress(ByteView bytes, std::size_t max_bytes);
Bytes snappy_compress(ByteView bytes);
Result<Bytes> snappy_decompress(ByteView bytes, std::size_t max_bytes);
Bytes lz4_compress(ByteView bytes, int level);
Result<Bytes> lz4_decompress(ByteView bytes, std::size_t max_bytes);
Bytes zstd_compress(ByteView bytes, int level);
Result<Bytes> zstd_decompress(ByteView bytes, std::size_t max_bytes);

}  // namespace kreel::protocol
