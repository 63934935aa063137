#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/types.hpp"

namespace kreel::protocol {

/// How a transaction ended in one partition (KIP-98): the one record of a control batch, of type
/// COMMIT or ABORT, that its coordinator has appended.
struct EndTxnMarker {
  bool committed = false;
  std::int32_t coordinator_epoch = 0;
  bool operator==(const EndTxnMarker&) const = default;
};

/// The whole control batch; its offset and leader epoch are assigned by the log.
Bytes build_end_txn_marker(ProducerId producer_id, ProducerEpoch producer_epoch,
                           const EndTxnMarker& marker, TimestampMs timestamp_ms);

/// What the control batch says; nullopt when it holds no record (compaction has removed it), one of
/// another type, or none that can be read.
std::optional<EndTxnMarker> read_end_txn_marker(ByteView batch);

}  // namespace kreel::protocol
