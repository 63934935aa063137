#include <zstd.h>

#include <bit>
#include <memory>

#include "base/assert.hpp"
#include "protocol/compression/codecs.hpp"

namespace kreel::protocol {
namespace {

struct FreeZstdContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// A stranger's frame may ask for a window of 128 MiB; a thread does not keep that.
constexpr std::size_t kKeptContextBytes = 4U << 20;

constexpr std::uint32_t kFrameMagic = 0x28b52ffd;

/// A window has no use beyond the bound on the output. 8 MiB is what level 19 asks for without
/// knowing its input, 128 MiB the most of all levels and zstd's own limit.
constexpr int kLeastWindowLog = 23;
constexpr int kGreatestWindowLog = 27;

/// Kept per thread: a fresh context for every batch costs more than a small batch itself.
ZSTD_DCtx* thread_context(std::size_t max_bytes) {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeZstdContext> context;
  if (!context || ZSTD_sizeof_DCtx(context.get()) > kKeptContextBytes) {
    context.reset(ZSTD_createDCtx());
  }
  KREEL_ASSERT(context != nullptr, "a zstd context is created");
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
  const int window_log =
      std::clamp(static_cast<int>(std::bit_width(max_bytes)), kLeastWindowLog, kGreatestWindowLog);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_log);
  return context.get();
}

/// The library also reads the formats before 1.0, which know no bound on their window; Kafka has
/// never used them.
bool is_frame(ByteView bytes) {
  return bytes.size() >= sizeof(kFrameMagic) &&
         load_big_endian<std::uint32_t>(bytes.data()) == kFrameMagic;
}

}  // namespace

Bytes zstd_compress(ByteView bytes, int level) {
  Bytes out(ZSTD_compressBound(bytes.size()));
  level = std::clamp(level, ZSTD_minCLevel(), ZSTD_maxCLevel());
  const std::size_t written =
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  KREEL_ASSERT(ZSTD_isError(written) == 0, "ZSTD_compressBound is a bound");
  out.resize(written);
  return out;
}

Result<Bytes> zstd_decompress(ByteView bytes, std::size_t max_bytes) {
  if (!is_frame(bytes)) return malformed_input("zstd", "not a frame");
  const unsigned long long declared = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (declared == ZSTD_CONTENTSIZE_ERROR) return malformed_input("zstd", "corrupt frame header");
  if (declared != ZSTD_CONTENTSIZE_UNKNOWN && declared > max_bytes) return output_too_large("zstd");
  ZSTD_DCtx* context = thread_context(max_bytes);
  BoundedOutput out(max_bytes);
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  for (;;) {
    const MutableByteView room = out.room();
    std::byte none{};  // at the bound only empty blocks may follow
    ZSTD_outBuffer output{room.empty() ? &none : room.data(), room.empty() ? 1 : room.size(), 0};
    const std::size_t consumed_before = input.pos;
    const std::size_t wanted = ZSTD_decompressStream(context, &output, &input);
    if (ZSTD_isError(wanted) != 0) return malformed_input("zstd", "corrupt frame");
    if (room.empty() && output.pos > 0) return output_too_large("zstd");
    out.produced(output.pos);
    if (wanted == 0) {  // a frame has ended and is flushed; another may follow
      if (input.pos == input.size) return out.take();
      if (!is_frame(bytes.subspan(input.pos))) return malformed_input("zstd", "not a frame");
    }
    if (output.pos == 0 && input.pos == consumed_before) return malformed_input("zstd", "cut off");
  }
}

}  // namespace kreel::protocol
