#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "protocol/varint.hpp"

namespace kreel::protocol {

/// One record as it lies in memory. A null pointer is a null key or value.
struct RawRecord {
  std::int64_t timestamp_delta = 0;
  std::int32_t offset_delta = 0;
  std::int64_t header_count = 0;
  const std::byte* key = nullptr;
  std::size_t key_bytes = 0;
  const std::byte* value = nullptr;
  std::size_t value_bytes = 0;
  const std::byte* headers = nullptr;  ///< header_count of them, up to `end`
  const std::byte* end = nullptr;
};

struct RawHeader {
  const std::byte* key = nullptr;
  std::size_t key_bytes = 0;
  const std::byte* value = nullptr;  ///< null for null
  std::size_t value_bytes = 0;
};

/// Every field of a record takes at least one byte.
inline constexpr std::uint64_t kMinRecordBodyBytes = 6;
inline constexpr std::size_t kMinRecordBytes = 7;

/// A length with that many bytes after it; -1 is null. Returns the position behind, or null.
[[gnu::always_inline]] inline const std::byte* get_sized(const std::byte* at, const std::byte* end,
                                                         const std::byte*& data,
                                                         std::size_t& size_bytes) {
  const VarintRead length = get_varint<kMaxVarintBytes>(at, end);
  if (length.after == nullptr) return nullptr;
  if ((length.raw & 1U) != 0) {
    data = nullptr;
    size_bytes = 0;
    return length.raw == 1 ? length.after : nullptr;
  }
  data = length.after;
  size_bytes = length.raw >> 1U;
  if (size_bytes > static_cast<std::size_t>(end - data)) return nullptr;
  return data + size_bytes;
}

/// The header at `at`, which must end by `end`; the position behind, or null when malformed.
inline const std::byte* get_header(const std::byte* at, const std::byte* end, RawHeader& header) {
  at = get_sized(at, end, header.key, header.key_bytes);
  if (at == nullptr || header.key == nullptr) return nullptr;
  return get_sized(at, end, header.value, header.value_bytes);
}

/// The record at `at`; its length is checked against its fields, its headers are not looked at.
/// Returns the position behind it, or null when malformed.
[[gnu::always_inline]] inline const std::byte* get_record(const std::byte* at, const std::byte* end,
                                                          RawRecord& record) {
  const VarintRead length = get_varint<kMaxVarintBytes>(at, end);
  at = length.after;
  const std::uint64_t body_bytes = length.raw >> 1U;
  if (at == nullptr || (length.raw & 1U) != 0 || body_bytes < kMinRecordBodyBytes ||
      body_bytes > static_cast<std::uint64_t>(end - at)) {
    return nullptr;
  }
  record.end = at + body_bytes;
  ++at;  // attributes: no bit is in use
  const VarintRead timestamp = get_varint<kMaxVarlongBytes>(at, record.end);
  if (timestamp.after == nullptr) return nullptr;
  record.timestamp_delta = timestamp.value();
  const VarintRead offset = get_varint<kMaxVarintBytes>(timestamp.after, record.end);
  if (offset.after == nullptr) return nullptr;
  record.offset_delta = static_cast<std::int32_t>(offset.value());
  at = get_sized(offset.after, record.end, record.key, record.key_bytes);
  if (at == nullptr) return nullptr;
  at = get_sized(at, record.end, record.value, record.value_bytes);
  if (at == nullptr) return nullptr;
  const VarintRead headers = get_varint<kMaxVarintBytes>(at, record.end);
  record.headers = headers.after;
  record.header_count = headers.value();
  if (record.headers == nullptr) return nullptr;
  // Without headers the record ends here; a header takes at least two bytes.
  if (record.header_count == 0 && record.headers == record.end) [[likely]]
    return record.end;
  if (record.header_count <= 0 || record.header_count > (record.end - record.headers) / 2) {
    return nullptr;
  }
  return record.end;
}

/// What get_record says about most records: without headers, with short varints, and not the last
/// of their batch, so that no read has to look where the input ends. Null when get_record is to
/// say.
[[gnu::always_inline]] inline const std::byte* get_plain_record(const std::byte* at,
                                                                const std::byte* end,
                                                                RawRecord& record) {
  constexpr std::ptrdiff_t kSlackBytes = 16;
  if (end - at < kSlackBytes) return nullptr;
  const VarintRead length = get_short_varint(at);
  at = length.after;
  const std::uint64_t body_bytes = length.raw >> 1U;
  if (at == nullptr || (length.raw & 1U) != 0 ||
      body_bytes + kSlackBytes > static_cast<std::uint64_t>(end - at)) {
    return nullptr;
  }
  record.end = at + body_bytes;
  const VarintRead timestamp = get_short_varint(at + 1);
  if (timestamp.after == nullptr) return nullptr;
  const VarintRead offset = get_short_varint(timestamp.after);
  if (offset.after == nullptr) return nullptr;
  const VarintRead key = get_short_varint(offset.after);
  if (key.after == nullptr) return nullptr;
  const bool null_key = key.raw == 1;
  if ((key.raw & 1U) != 0 && !null_key) return nullptr;
  record.key_bytes = key.raw >> 1U;
  if (static_cast<std::ptrdiff_t>(record.key_bytes) >= record.end - key.after) return nullptr;
  const VarintRead value = get_short_varint(key.after + record.key_bytes);
  if (value.after == nullptr) return nullptr;
  const bool null_value = value.raw == 1;
  if ((value.raw & 1U) != 0 && !null_value) return nullptr;
  record.value_bytes = value.raw >> 1U;
  // One byte is left, and it says that there are no headers.
  const auto left = record.end - value.after;
  if (left != static_cast<std::ptrdiff_t>(record.value_bytes) + 1) return nullptr;
  if (record.end[-1] != std::byte{0}) return nullptr;
  record.timestamp_delta = timestamp.value();
  record.offset_delta = static_cast<std::int32_t>(offset.value());
  record.key = null_key ? nullptr : key.after;
  record.value = null_value ? nullptr : value.after;
  record.header_count = 0;
  record.headers = record.end;
  return record.end;
}

/// Whether `count` headers fill [at, end) exactly.
inline bool headers_are_well_formed(const std::byte* at, const std::byte* end, std::int64_t count) {
  RawHeader header;
  for (std::int64_t i = 0; i < count; ++i) {
    at = get_header(at, end, header);
    if (at == nullptr) return false;
  }
  return at == end;
}

}  // namespace kreel::protocol
