#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "coordinator/runtime.hpp"
#include "protocol/messages/group_records.hpp"

namespace kreel::coordinator {

// The records of __consumer_offsets, in Kafka's own format: the key is the record type (int16) and
// the fields of the type's key, the value its version (int16) and fields. Kafka 4.3 writes type 1
// for offsets (0 is the form of 0.8.2) and 2 for classic groups; values in version 3, and in
// version 1 where a commit of v2-4 gave its own retention time.

/// One committed offset of a group.
struct CommittedOffset {
  Offset offset = -1;
  LeaderEpoch leader_epoch = -1;
  std::string metadata;
  TimestampMs commit_timestamp = -1;
  TimestampMs expire_timestamp = -1;  ///< -1: by offsets.retention.minutes
  /// Of the record itself: of a plain commit and one of a transaction, the later record wins.
  Offset record_offset = -1;
  bool operator==(const CommittedOffset&) const = default;
};

struct OffsetKey {
  std::string_view group_id;
  std::string_view topic;
  PartitionId partition = 0;
};

Record offset_record(const OffsetKey& key, const CommittedOffset& value);
Record offset_tombstone(const OffsetKey& key);
Record group_record(std::string_view group_id, const protocol::GroupMetadataValue& value);
Record group_tombstone(std::string_view group_id);

struct OffsetRecord {
  protocol::OffsetCommitKey key;
  std::optional<protocol::OffsetCommitValue> value;
};
struct GroupRecord {
  protocol::GroupMetadataKey key;
  std::optional<protocol::GroupMetadataValue> value;
};
/// A record type that kreel does not keep (KIP-848 and later), or bytes that are no record.
struct SkippedRecord {
  bool malformed = false;
};

std::variant<OffsetRecord, GroupRecord, SkippedRecord> read_record(std::optional<ByteView> key,
                                                                   std::optional<ByteView> value);

}  // namespace kreel::coordinator
