#include <lz4frame.h>

#include <memory>

#include "base/assert.hpp"
#include "protocol/compression.hpp"
#include "protocol/compression/codecs.hpp"

namespace kreel::protocol {
namespace {

struct FreeLz4Context {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

using Lz4Context = std::unique_ptr<LZ4F_dctx, FreeLz4Context>;

/// Kept per thread: a fresh context for every batch costs more than a small batch itself. Only one
/// that read its frame to the end: until 1.10 LZ4F_resetDecompressionContext() keeps how much was
/// left of a frame, and refuses the next one for it.
Lz4Context& kept_context() {
  thread_local Lz4Context context;
  return context;
}

Lz4Context take_context() {
  if (Lz4Context kept = std::move(kept_context())) return kept;
  LZ4F_dctx* context = nullptr;
  const std::size_t status = LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
  KREEL_ASSERT(LZ4F_isError(status) == 0, "an LZ4 context is created");
  return Lz4Context(context);
}

int library_level(int kafka_level) {
  if (kafka_level == kDefaultLz4Level) return 0;
  return std::clamp(kafka_level, 3, LZ4F_compressionLevel_max());
}

}  // namespace

Bytes lz4_compress(ByteView bytes, int level) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.compressionLevel = library_level(level);
  Bytes out(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const std::size_t written =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  KREEL_ASSERT(LZ4F_isError(written) == 0, "LZ4F_compressFrameBound is a bound");
  out.resize(written);
  return out;
}

Result<Bytes> lz4_decompress(ByteView bytes, std::size_t max_bytes) {
  Lz4Context context = take_context();
  LZ4F_frameInfo_t info{};
  std::size_t consumed = bytes.size();
  if (LZ4F_isError(LZ4F_getFrameInfo(context.get(), &info, bytes.data(), &consumed)) != 0) {
    return malformed_input("lz4", "corrupt frame header");
  }
  if (info.frameType != LZ4F_frame) return malformed_input("lz4", "not a frame of data");
  if (info.blockMode != LZ4F_blockIndependent) {
    return malformed_input("lz4", "dependent blocks, which Java clients cannot read");
  }
  if (info.contentSize > max_bytes) return output_too_large("lz4");
  bytes = bytes.subspan(consumed);
  BoundedOutput out(max_bytes);
  for (;;) {
    const MutableByteView room = out.room();
    std::byte none{};  // at the bound only the end mark may follow
    std::size_t produced = room.empty() ? 1 : room.size();
    consumed = bytes.size();
    const std::size_t wanted = LZ4F_decompress(context.get(), room.empty() ? &none : room.data(),
                                               &produced, bytes.data(), &consumed, nullptr);
    if (LZ4F_isError(wanted) != 0) return malformed_input("lz4", "corrupt frame");
    if (room.empty() && produced > 0) return output_too_large("lz4");
    out.produced(produced);
    bytes = bytes.subspan(consumed);
    if (wanted == 0) break;
    if (consumed == 0 && produced == 0) return malformed_input("lz4", "cut off");
  }
  kept_context() = std::move(context);
  if (!bytes.empty()) return malformed_input("lz4", "bytes after the frame");
  return out.take();
}

}  // namespace kreel::protocol
