#include <fmt/format.h>

#include <limits>

#include "protocol/compression.hpp"
#include "protocol/record_batch.hpp"
#include "protocol/record_cursor.hpp"

namespace kreel::protocol {
namespace {

/// With any offset delta behind it there is no overflow.
constexpr Offset kMaxBaseOffset = std::numeric_limits<Offset>::max() - INT32_MAX;

tl::unexpected<Error> malformed(const BatchHeader& header, std::string_view what) {
  return fail(ErrorKind::kBadInput,
              fmt::format("record batch at offset {}: {}", header.base_offset, what));
}

std::optional<ByteView> view_or_null(const std::byte* data, std::size_t size_bytes) {
  if (data == nullptr) return std::nullopt;
  return ByteView(data, size_bytes);
}

}  // namespace

Result<BatchReader> BatchReader::open(ByteView batch, std::size_t max_decompressed_bytes) {
  const std::optional<BatchHeader> header = read_batch_header(batch);
  if (!header) return fail(ErrorKind::kBadInput, "not a record batch of format 2");
  if (header->size_bytes() > batch.size()) return malformed(*header, "cut off");
  if (header->record_count < 0) return malformed(*header, "negative record count");
  if (header->base_offset < 0 || header->base_offset > kMaxBaseOffset) {
    return malformed(*header, "an offset that no log has");
  }
  BatchReader reader(*header);
  const ByteView content =
      batch.subspan(kBatchHeaderBytes, header->size_bytes() - kBatchHeaderBytes);
  if (header->compression() == Compression::kNone || header->record_count == 0) {
    reader.rest_ = content;
  } else {
    TRY_ASSIGN(reader.decompressed_,
               decompress(header->compression(), content, max_decompressed_bytes));
    reader.rest_ = reader.decompressed_;
  }
  if (static_cast<std::size_t>(header->record_count) > reader.rest_.size() / kMinRecordBytes) {
    return malformed(*header, "more records announced than its bytes can hold");
  }
  return reader;
}

Result<std::optional<RecordView>> BatchReader::next() {
  if (next_index_ == header_.record_count) {
    if (!rest_.empty()) return malformed(header_, "bytes after the last record");
    return std::nullopt;
  }
  RawRecord raw;
  const std::byte* const end = rest_.data() + rest_.size();
  const std::byte* const after = get_record(rest_.data(), end, raw);
  if (after == nullptr) {
    return malformed(header_, fmt::format("record {} is malformed", next_index_));
  }
  RecordView record;
  record.offset = header_.base_offset + raw.offset_delta;
  record.timestamp = record_timestamp(header_, raw.timestamp_delta);
  record.key = view_or_null(raw.key, raw.key_bytes);
  record.value = view_or_null(raw.value, raw.value_bytes);
  if (raw.header_count > 0) {
    if (!headers_are_well_formed(raw.headers, raw.end, raw.header_count)) {
      return malformed(header_, fmt::format("record {} has malformed headers", next_index_));
    }
    record.headers.reserve(static_cast<std::size_t>(raw.header_count));
    const std::byte* at = raw.headers;
    for (std::int64_t i = 0; i < raw.header_count; ++i) {
      RawHeader header;
      at = get_header(at, raw.end, header);
      record.headers.push_back({.key = as_text({header.key, header.key_bytes}),
                                .value = view_or_null(header.value, header.value_bytes)});
    }
  }
  raw_record_ = ByteView(rest_.data(), after);
  rest_ = ByteView(after, end);
  ++next_index_;
  return record;
}

}  // namespace kreel::protocol
