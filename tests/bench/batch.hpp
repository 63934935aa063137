// Record batches of format 2: CRC-32C, field positions, and a builder for batches of equal records.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <isa-l/crc.h>

#include "wire.hpp"

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace bench {

inline constexpr std::size_t kBatchHeaderBytes = 61;
inline constexpr std::size_t kLengthAt = 8;
inline constexpr std::size_t kMagicAt = 16;
inline constexpr std::size_t kCrcAt = 17;
inline constexpr std::size_t kCheckedFrom = 21;
inline constexpr std::size_t kLastOffsetDeltaAt = 23;
inline constexpr std::size_t kPrefixBytes =
    12;  // base offset and length, which the length leaves out

using Crc = std::uint32_t (*)(std::uint8_t*, std::size_t);

// ISA-L's CRC-32C: three interleaved streams.
inline std::uint32_t crc32c_3(std::uint8_t* bytes, std::size_t count) {
  return ~crc32_iscsi(bytes, static_cast<int>(count), ~0U);
}

// One stream of the SSE4.2 instruction, as a plain loop would do it.
inline std::uint32_t crc32c_1(std::uint8_t* bytes, std::size_t count) {
#if defined(__SSE4_2__)
  std::uint64_t crc = ~0U;
  for (; count >= 8; bytes += 8, count -= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes, 8);
    crc = _mm_crc32_u64(crc, word);
  }
  auto tail = static_cast<std::uint32_t>(crc);
  for (; count > 0; ++bytes, --count) tail = _mm_crc32_u8(tail, *bytes);
  return ~tail;
#else
  return crc32c_3(bytes, count);
#endif
}

// The check that an option `--crc 0|1|3` names; null for none.
inline Crc crc_of(int streams) {
  return streams == 0 ? nullptr : streams == 3 ? crc32c_3 : crc32c_1;
}

// The size of the batch at `batch`, of which at least kPrefixBytes must be there.
inline std::size_t batch_bytes(const std::uint8_t* batch) {
  return kPrefixBytes + load_be<std::uint32_t>(batch + kLengthAt);
}

inline void put_varint(Writer& out, std::int64_t value) {
  auto zigzag = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (; zigzag >= 0x80; zigzag >>= 7) out.put(static_cast<std::uint8_t>(zigzag | 0x80));
  out.put(static_cast<std::uint8_t>(zigzag));
}

inline std::int64_t varint_bytes(std::int64_t value) {
  Writer out;
  put_varint(out, value);
  return static_cast<std::int64_t>(out.size());
}

// With `keyed` the key is 8 bytes: the number of the batch and the record's in it.
inline void put_record(Writer& out, std::int32_t offset_delta, std::size_t value_bytes,
                       bool keyed = false, std::int32_t batch_number = 0) {
  const auto value = static_cast<std::int64_t>(value_bytes);
  // attributes, timestamp delta, offset delta, length of the key, key, value, no headers
  put_varint(out, 4 + (keyed ? 8 : 0) + varint_bytes(offset_delta) + varint_bytes(value) + value);
  out.put<std::uint8_t>(0);
  put_varint(out, 0);
  put_varint(out, offset_delta);
  put_varint(out, keyed ? 8 : -1);
  if (keyed) {
    out.put(batch_number);
    out.put(offset_delta);
  }
  put_varint(out, value);
  for (std::size_t i = 0; i < value_bytes; ++i)
    out.put(static_cast<std::uint8_t>('a' + (i * 7 + static_cast<std::size_t>(offset_delta)) % 26));
  put_varint(out, 0);
}

// As many records of `record_bytes` as fit into `bytes`, one at least. Base offset 0, timestamps
// now, no producer id, not compressed.
inline std::vector<std::uint8_t> make_batch(std::size_t bytes, std::size_t record_bytes,
                                            bool keyed = false, std::int32_t batch_number = 0) {
  using namespace std::chrono;
  const std::int64_t now_ms =
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  Writer out;
  out.put<std::int64_t>(0);   // base offset
  out.put<std::int32_t>(0);   // length, filled in below
  out.put<std::int32_t>(-1);  // partition leader epoch
  out.put<std::int8_t>(2);    // magic
  out.put<std::uint32_t>(0);  // CRC, filled in below
  out.put<std::int16_t>(0);   // attributes
  out.put<std::int32_t>(0);   // last offset delta, filled in below
  out.put(now_ms);            // base timestamp
  out.put(now_ms);            // largest timestamp
  out.put<std::int64_t>(-1);  // producer id
  out.put<std::int16_t>(-1);  // producer epoch
  out.put<std::int32_t>(-1);  // base sequence
  out.put<std::int32_t>(0);   // record count, filled in below
  std::int32_t count = 0;
  while (true) {
    const auto before = out.size();
    put_record(out, count, record_bytes, keyed, batch_number);
    if (count > 0 && out.size() > bytes) {
      out.truncate(before);
      break;
    }
    ++count;
  }
  auto batch = out.release();
  store_be(batch.data() + kLengthAt, static_cast<std::int32_t>(batch.size() - kPrefixBytes));
  store_be(batch.data() + kLastOffsetDeltaAt, count - 1);
  store_be(batch.data() + kBatchHeaderBytes - 4, count);
  store_be(batch.data() + kCrcAt,
           crc32c_1(batch.data() + kCheckedFrom, batch.size() - kCheckedFrom));
  return batch;
}

}  // namespace bench
