#include "protocol/record_walk.hpp"

#include <algorithm>
#include <limits>

#include "protocol/record_cursor.hpp"

namespace kreel::protocol {

RecordWalk walk_records(ByteView records, const BatchHeader& header) {
  RecordWalk walk;
  const std::byte* at = records.data();
  const std::byte* const end = at + records.size();
  std::int64_t min_timestamp = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_timestamp = std::numeric_limits<std::int64_t>::min();
  std::int32_t index_of_max = 0;
  std::int32_t misplaced = 0;
  unsigned keyless = 0;
  RawRecord record;
  for (std::int32_t index = 0; index < header.record_count; ++index) {
    const std::byte* next = get_plain_record(at, end, record);
    if (next == nullptr) [[unlikely]] {
      next = get_record(at, end, record);
      if (next == nullptr) return walk;
      if (record.header_count != 0 &&
          !headers_are_well_formed(record.headers, record.end, record.header_count)) {
        return walk;
      }
    }
    at = next;
    const TimestampMs timestamp = timestamp_sum(header.base_timestamp, record.timestamp_delta);
    min_timestamp = std::min(min_timestamp, timestamp);
    index_of_max = timestamp > max_timestamp ? index : index_of_max;
    max_timestamp = std::max(max_timestamp, timestamp);
    keyless |= static_cast<unsigned>(record.key == nullptr);
    misplaced |= record.offset_delta ^ index;
  }
  walk.has_null_key = keyless != 0;
  walk.offsets_in_sequence = misplaced == 0;
  walk.index_of_max = index_of_max;
  walk.min_timestamp = min_timestamp;
  walk.max_timestamp = max_timestamp;
  walk.well_formed = at == end;
  return walk;
}

}  // namespace kreel::protocol
