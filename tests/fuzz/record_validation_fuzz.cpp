// A producer's batch in front of the leader's checks. The checksum is put right first, so that they
// get past it; the last byte picks the topic's settings.
#include "base/crc32c.hpp"
#include "fuzz/fuzz_input.hpp"
#include "protocol/batch_layout.hpp"
#include "protocol/record_validation.hpp"

namespace kreel::protocol {
namespace {

ValidationOptions options_from(unsigned settings) {
  ValidationOptions options;
  options.now_ms = 1'700'000'000'000;
  options.max_decompressed_bytes = 1 << 20;
  if ((settings & 0x01U) != 0) options.compacted_topic = true;
  if ((settings & 0x02U) != 0) options.timestamp_type = TimestampType::kLogAppendTime;
  if ((settings & 0x04U) != 0) options.timestamp_before_max_ms = 1'000'000;
  if ((settings & 0x08U) != 0) options.timestamp_after_max_ms = 1'000'000;
  if ((settings & 0x10U) != 0) options.validate_records = false;
  const unsigned codec = settings >> 5U;
  if (codec <= 4) options.target_compression = static_cast<Compression>(codec);
  return options;
}

/// What is stored must be readable, with offsets 0..n-1 and the announced largest timestamp.
void check_stored(ByteView batch, const ValidationResult& result) {
  FUZZ_CHECK(batch_crc_is_valid(batch));
  FUZZ_CHECK(*read_batch_header(batch) == result.header);
  FUZZ_CHECK(result.header.max_timestamp == result.max_timestamp);
  Result<BatchReader> reader = BatchReader::open(batch, 1 << 20);
  FUZZ_CHECK(reader.has_value());
  TimestampMs largest = std::numeric_limits<TimestampMs>::min();
  for (Offset expected = 0;; ++expected) {
    Result<std::optional<RecordView>> next = reader->next();
    FUZZ_CHECK(next.has_value());
    if (!*next) break;
    FUZZ_CHECK((*next)->offset == expected);
    largest = std::max(largest, (*next)->timestamp);
  }
  FUZZ_CHECK(largest == result.max_timestamp);
}

}  // namespace
}  // namespace kreel::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel;
  using namespace kreel::protocol;
  if (size == 0) return 0;
  const ValidationOptions options = options_from(data[size - 1]);
  const ByteView input = fuzz_input(data, size - 1);
  Bytes batch(input.begin(), input.end());
  if (batch.size() >= kBatchHeaderBytes) {
    store_big_endian(batch.data() + layout::kBatchLength,
                     static_cast<std::int32_t>(batch.size() - kBatchPrefixBytes));
    store_big_endian(batch.data() + layout::kCrc,
                     crc32c(ByteView(batch).subspan(layout::kAttributes)));
  }
  const ValidationResult result = validate_client_batch(batch, options);
  FUZZ_CHECK(result.ok() == result.message.empty());
  if (!result.ok() || (!options.validate_records && !result.rebuilt)) return 0;
  check_stored(result.rebuilt ? *result.rebuilt : batch, result);
  return 0;
}
