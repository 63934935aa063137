#pragma once

#include "base/result.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment.hpp"

namespace kreel::storage {

/// Where a replay of a segment's batches for their producers begins and ends, and when it happens.
struct ReplayRange {
  Offset from = 0;
  Offset to = std::numeric_limits<Offset>::max();
  TimestampMs now_ms = -1;
};

/// Counts the segment's batches in [from, to) into `state`; returns the transactions that markers
/// among them have aborted.
Result<std::vector<AbortedTxn>> replay_producers(Segment& segment, const ReplayRange& range,
                                                 ProducerState& state);

}  // namespace kreel::storage
