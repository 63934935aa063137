#include <zlib.h>

#include <memory>

#include "base/assert.hpp"
#include "protocol/compression/codecs.hpp"

namespace kreel::protocol {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // 32 KiB window, gzip header and trailer
constexpr int kMemoryLevel = 8;           // zlib's default

// zlib never writes through next_in; its signature lacks const.
Bytef* zlib_input(ByteView bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
}
Bytef* zlib_output(MutableByteView bytes) {
  return reinterpret_cast<Bytef*>(bytes.data());
}
uInt zlib_size(std::size_t size_bytes) {
  return static_cast<uInt>(std::min<std::size_t>(size_bytes, UINT32_MAX));
}

struct Inflater {
  z_stream stream{};
  Inflater() { KREEL_ASSERT(inflateInit2(&stream, kGzipWindowBits) == Z_OK, "zlib starts"); }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

Bytes gzip_compress(ByteView bytes, int level) {
  z_stream stream{};
  level = std::clamp(level, Z_DEFAULT_COMPRESSION, Z_BEST_COMPRESSION);
  const int started =
      deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY);
  KREEL_ASSERT(started == Z_OK && bytes.size() <= UINT32_MAX, "zlib starts, and fits a batch");
  Bytes out(deflateBound(&stream, static_cast<uLong>(bytes.size())));
  stream.next_in = zlib_input(bytes);
  stream.avail_in = zlib_size(bytes.size());
  stream.next_out = zlib_output(out);
  stream.avail_out = zlib_size(out.size());
  const int done = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  KREEL_ASSERT(done == Z_STREAM_END, "deflateBound is a bound");
  return out;
}

Result<Bytes> gzip_decompress(ByteView bytes, std::size_t max_bytes) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  BoundedOutput out(max_bytes);
  bool member_ended = false;
  while (!bytes.empty() || !member_ended) {
    if (member_ended) {
      inflateReset(&stream);  // another member follows
      member_ended = false;
    }
    const MutableByteView room = out.room();
    std::byte none{};  // at the bound only the trailer may follow
    stream.next_in = zlib_input(bytes);
    stream.avail_in = zlib_size(bytes.size());
    stream.next_out = room.empty() ? zlib_output({&none, 1}) : zlib_output(room);
    stream.avail_out = zlib_size(room.empty() ? 1 : room.size());
    const uInt in_before = stream.avail_in;
    const uInt out_before = stream.avail_out;
    const int status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t produced = out_before - stream.avail_out;
    const std::size_t consumed = in_before - stream.avail_in;
    if (room.empty() && produced > 0) return output_too_large("gzip");
    if (!room.empty()) out.produced(produced);
    bytes = bytes.subspan(consumed);
    member_ended = status == Z_STREAM_END;
    if (status != Z_OK && status != Z_STREAM_END) return malformed_input("gzip", "corrupt stream");
    if (consumed == 0 && produced == 0) return malformed_input("gzip", "cut off");
  }
  return out.take();
}

}  // namespace kreel::protocol
