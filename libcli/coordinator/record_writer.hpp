#pragma once

#include <functional>

#include "base/bytes.hpp"
#include "base/types.hpp"
#include "coordinator/transaction_marker.hpp"
#include "protocol/error_code.hpp"
#include "protocol/records.hpp"

namespace kreel::coordinator {

/// Where a coordinator's records go: the partitions of __consumer_offsets or of
/// __transaction_state. The broker puts it over storage::Log and storage::Flusher.
class RecordWriter {
 public:
  struct Appended {
    /// NONE, or why nothing was written (KAFKA_STORAGE_ERROR, ...).
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    Offset last_offset = -1;
  };
  /// NONE once the batch and all before it are durable; anything else when they never will be.
  using Durable = std::function<void(protocol::ErrorCode)>;

  virtual ~RecordWriter() = default;

  /// Appends one record batch; offsets are assigned, in place. Called on the shard's thread and
  /// must not block on the disk. `durable` is called exactly once, on the same thread, after this
  /// call has returned, and not at all when an error is returned.
  virtual Appended append(PartitionId partition, MutableByteView batch, Durable durable) = 0;

  /// Appends the end of a producer's transaction, under the same rules. Nothing is written, and no
  /// error returned, for a marker that the partition has had before.
  virtual Appended append_marker(PartitionId partition, const TransactionMarker& marker,
                                 Durable durable) = 0;
};

/// One piece of a partition's log, for replay.
struct LoadedBatches {
  /// Other than NONE: the load fails and is tried again later.
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  /// Whole batches in memory, kept alive by `owner()`; the first may begin before the offset asked.
  protocol::Records records;
  /// Nothing is left after these batches: the log end is reached.
  bool at_end = false;
};

/// Reads the log of one partition from `from` on (0: from the log start), about 1 MiB at a time.
/// Called on the shard's thread; must not block: it may read on another thread. `done` is called
/// exactly once, on the shard's thread, inside the call or later.
using BatchSource = std::function<void(Offset from, std::function<void(LoadedBatches)> done)>;

}  // namespace kreel::coordinator
