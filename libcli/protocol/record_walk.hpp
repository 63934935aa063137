#pragma once

#include "base/bytes.hpp"
#include "base/types.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::protocol {

/// What one pass over the records of a batch finds.
struct RecordWalk {
  bool well_formed = false;  ///< exactly record_count records, nothing behind them
  bool has_null_key = false;
  bool offsets_in_sequence = true;  ///< deltas are 0, 1, 2, ...
  TimestampMs min_timestamp = -1;
  TimestampMs max_timestamp = -1;
  std::int32_t index_of_max = 0;  ///< the first record with max_timestamp
};

/// `records` are the uncompressed records of the batch with this header, which has at least one.
RecordWalk walk_records(ByteView records, const BatchHeader& header);

}  // namespace kreel::protocol
