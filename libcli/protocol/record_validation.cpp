#include "protocol/record_validation.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"
#include "protocol/batch_layout.hpp"
#include "protocol/compression.hpp"
#include "protocol/record_cursor.hpp"
#include "protocol/record_walk.hpp"

namespace kreel::protocol {
namespace {

void refuse(ValidationResult& result, ErrorCode error, std::string message) {
  result.error = error;
  result.message = std::move(message);
}

/// The earliest and latest CreateTime that a topic takes.
struct TimestampRange {
  TimestampMs earliest = std::numeric_limits<TimestampMs>::min();
  TimestampMs latest = std::numeric_limits<TimestampMs>::max();

  explicit TimestampRange(const ValidationOptions& options) {
    if (__builtin_sub_overflow(options.now_ms, options.timestamp_before_max_ms, &earliest)) {
      earliest = std::numeric_limits<TimestampMs>::min();
    }
    if (__builtin_add_overflow(options.now_ms, options.timestamp_after_max_ms, &latest)) {
      latest = std::numeric_limits<TimestampMs>::max();
    }
  }
  bool contains(TimestampMs timestamp) const {
    return timestamp >= earliest && timestamp <= latest;
  }
};

/// Finds the one batch in `records`, with the errors that Kafka gives before it looks inside.
bool read_single_batch(ByteView records, ValidationResult& result) {
  constexpr std::size_t kUpToMagic = layout::kMagic + 1;
  constexpr std::int32_t kLeastLengthOfAnyFormat = 14;
  if (records.size() < kUpToMagic) {
    refuse(result, ErrorCode::INVALID_RECORD, "no record batch");
    return false;
  }
  const auto length = load_big_endian<std::int32_t>(records.data() + layout::kBatchLength);
  const auto magic = static_cast<std::int8_t>(records[layout::kMagic]);
  if (length < kLeastLengthOfAnyFormat || magic < 0 || magic > 2) {
    refuse(result, ErrorCode::CORRUPT_MESSAGE, "not a record batch");
    return false;
  }
  const std::size_t size_bytes = kBatchPrefixBytes + static_cast<std::size_t>(length);
  if (magic != 2 || size_bytes != records.size()) {
    refuse(result, ErrorCode::INVALID_RECORD,
           "a produce request carries exactly one whole batch of format 2 per partition");
    return false;
  }
  const std::optional<BatchHeader> header = read_batch_header(records);
  if (!header) {
    refuse(result, ErrorCode::CORRUPT_MESSAGE, "the batch is shorter than its header");
    return false;
  }
  result.header = *header;
  return true;
}

/// Everything that the header alone shows, in Kafka's order.
bool check_header(ByteView batch, const ValidationOptions& options, ValidationResult& result) {
  const BatchHeader& header = result.header;
  const auto invalid = [&](std::string message) {
    refuse(result, ErrorCode::INVALID_RECORD, std::move(message));
    return false;
  };
  if (header.base_offset != 0) {
    return invalid(fmt::format("base offset is {} instead of 0", header.base_offset));
  }
  if (batch.size() > options.max_message_bytes) {
    refuse(result, ErrorCode::MESSAGE_TOO_LARGE,
           fmt::format("the batch of {} bytes is over the limit of {}", batch.size(),
                       options.max_message_bytes));
    return false;
  }
  if (!batch_crc_is_valid(batch)) {
    refuse(result, ErrorCode::CORRUPT_MESSAGE, "the checksum does not fit");
    return false;
  }
  if (header.record_count <= 0 ||
      std::int64_t{header.last_offset_delta} + 1 != header.record_count) {
    return invalid(fmt::format("{} records, but the last offset is {}", header.record_count,
                               header.last_offset_delta));
  }
  if (header.is_control()) return invalid("clients may not write control records");
  if (header.producer_id != -1 && header.base_sequence < 0) {
    return invalid(fmt::format("producer id {} with sequence number {}", header.producer_id,
                               header.base_sequence));
  }
  if (header.compression() > Compression::kZstd) {
    refuse(result, ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "unknown compression codec");
    return false;
  }
  if (header.timestamp_type() == TimestampType::kLogAppendTime) {
    refuse(result, ErrorCode::INVALID_TIMESTAMP, "only the broker sets LogAppendTime");
    return false;
  }
  return true;
}

/// Why a record is refused; empty when it is not.
std::string reason_against(const RawRecord& record, TimestampMs timestamp,
                           const ValidationOptions& options, const TimestampRange& range,
                           bool& is_timestamp) {
  is_timestamp = false;
  if (options.compacted_topic && record.key == nullptr) {
    return "a record of a compacted topic needs a key";
  }
  if (options.timestamp_type != TimestampType::kCreateTime || timestamp == -1) return {};
  if (range.contains(timestamp)) return {};
  is_timestamp = true;
  return fmt::format("timestamp {} is outside of [{}, {}]", timestamp, range.earliest,
                     range.latest);
}

/// The second pass, only for a batch in which the first one saw something that may be refused.
void find_invalid_records(ByteView records, const ValidationOptions& options,
                          const TimestampRange& range, ValidationResult& result) {
  const std::byte* at = records.data();
  const std::byte* const end = at + records.size();
  RawRecord record;
  ErrorCode error = ErrorCode::INVALID_RECORD;
  std::size_t count = 0;
  for (std::int32_t index = 0; index < result.header.record_count; ++index) {
    at = get_record(at, end, record);
    KREEL_ASSERT(at != nullptr, "the walk found the records well formed");
    bool is_timestamp = false;
    std::string reason =
        reason_against(record, timestamp_sum(result.header.base_timestamp, record.timestamp_delta),
                       options, range, is_timestamp);
    if (reason.empty()) continue;
    ++count;
    if (is_timestamp) error = ErrorCode::INVALID_TIMESTAMP;
    if (result.record_errors.size() == kMaxInvalidRecords) continue;
    result.record_errors.push_back({.index = index, .message = std::move(reason)});
  }
  if (count == 0) return;
  refuse(
      result, error,
      fmt::format("{} of {} records were refused; record {}: {}", count, result.header.record_count,
                  result.record_errors.front().index, result.record_errors.front().message));
}

std::optional<int> level_for(Compression codec, const ValidationOptions& options) {
  if (codec == Compression::kGzip) return options.gzip_level;
  if (codec == Compression::kLz4) return options.lz4_level;
  if (codec == Compression::kZstd) return options.zstd_level;
  return std::nullopt;
}

void fill_record(const RawRecord& raw, TimestampMs timestamp, NewRecord& record) {
  record.timestamp = timestamp;
  record.key.reset();
  record.value.reset();
  if (raw.key != nullptr) record.key.emplace(raw.key, raw.key_bytes);
  if (raw.value != nullptr) record.value.emplace(raw.value, raw.value_bytes);
  record.headers.clear();
  const std::byte* at = raw.headers;
  for (std::int64_t i = 0; i < raw.header_count; ++i) {
    RawHeader header;
    at = get_header(at, raw.end, header);
    HeaderView& view = record.headers.emplace_back();
    view.key = as_text({header.key, header.key_bytes});
    if (header.value != nullptr) view.value.emplace(header.value, header.value_bytes);
  }
}

/// The same records with offsets 0..n-1, in the topic's codec.
void rebuild(ByteView records, Compression codec, const ValidationOptions& options,
             ValidationResult& result) {
  const BatchHeader& from = result.header;
  BatchBuilder::Options target;
  target.compression = codec;
  target.compression_level = level_for(codec, options);
  target.timestamp_type = options.timestamp_type;
  target.partition_leader_epoch = from.partition_leader_epoch;
  target.producer_id = from.producer_id;
  target.producer_epoch = from.producer_epoch;
  target.base_sequence = from.base_sequence;
  target.transactional = from.is_transactional();
  BatchBuilder builder(target);
  const bool log_append_time = options.timestamp_type == TimestampType::kLogAppendTime;
  const std::byte* at = records.data();
  const std::byte* const end = at + records.size();
  RawRecord raw;
  NewRecord record;
  for (std::int32_t i = 0; i < from.record_count; ++i) {
    at = get_record(at, end, raw);
    KREEL_ASSERT(at != nullptr, "the walk found the records well formed");
    const TimestampMs timestamp = timestamp_sum(from.base_timestamp, raw.timestamp_delta);
    fill_record(raw, log_append_time ? options.now_ms : timestamp, record);
    builder.append(record);
  }
  result.rebuilt = builder.build();
  result.header = *read_batch_header(*result.rebuilt);
  if (result.rebuilt->size() > options.max_message_bytes) {
    refuse(result, ErrorCode::MESSAGE_TOO_LARGE,
           fmt::format("compressed anew, the batch of {} bytes is over the limit of {}",
                       result.rebuilt->size(), options.max_message_bytes));
  }
}

/// Timestamp type and largest timestamp; the CRC is computed again only when one of them changes.
void settle_timestamp(MutableByteView batch, const ValidationOptions& options,
                      ValidationResult& result) {
  if (options.timestamp_type == TimestampType::kLogAppendTime) {
    result.max_timestamp = options.now_ms;
    result.offset_delta_of_max_timestamp = 0;
  }
  if (result.rebuilt) return;
  const BatchHeader& header = result.header;
  if (header.timestamp_type() == options.timestamp_type &&
      header.max_timestamp == result.max_timestamp) {
    return;
  }
  set_max_timestamp(batch, options.timestamp_type, result.max_timestamp);
  result.header = *read_batch_header(batch);
}

}  // namespace

ValidationResult validate_client_batch(MutableByteView records, const ValidationOptions& options) {
  ValidationResult result;
  if (!read_single_batch(records, result) || !check_header(records, options, result)) return result;

  const Compression source = result.header.compression();
  const Compression target = options.target_compression.value_or(source);
  if (!options.validate_records && source == target) {
    result.max_timestamp = result.header.max_timestamp;
    result.offset_delta_of_max_timestamp = result.header.last_offset_delta;
    settle_timestamp(records, options, result);
    return result;
  }

  ByteView content = ByteView(records).subspan(kBatchHeaderBytes);
  Bytes decompressed;
  if (source != Compression::kNone) {
    Result<Bytes> unpacked = decompress(source, content, options.max_decompressed_bytes);
    if (!unpacked) {
      refuse(result, ErrorCode::INVALID_RECORD, unpacked.error().message());
      return result;
    }
    decompressed = std::move(*unpacked);
    content = decompressed;
  }
  const RecordWalk walk = walk_records(content, result.header);
  if (!walk.well_formed) {
    refuse(result, ErrorCode::INVALID_RECORD, "the records do not fill their batch as announced");
    return result;
  }
  const TimestampRange range(options);
  const bool doubtful_time =
      options.timestamp_type == TimestampType::kCreateTime &&
      !(range.contains(walk.min_timestamp) && range.contains(walk.max_timestamp));
  if (doubtful_time || (options.compacted_topic && walk.has_null_key)) {
    find_invalid_records(content, options, range, result);
    if (!result.ok()) return result;
  }
  result.max_timestamp = walk.max_timestamp;
  result.offset_delta_of_max_timestamp = walk.index_of_max;
  if (source != target || !walk.offsets_in_sequence) rebuild(content, target, options, result);
  settle_timestamp(records, options, result);
  return result;
}

}  // namespace kreel::protocol
