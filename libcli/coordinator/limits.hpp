#pragma once

#include <cstddef>
#include <cstdint>

namespace kreel::coordinator {

// What one coordinator may hold, so that clients cannot make it grow without end. Kafka leaves
// these open; none is near what a working cluster reaches.

/// Groups of one partition of __consumer_offsets, those that only store offsets included.
inline constexpr std::size_t kGroupsPerPartitionMax = 20'000;
/// Members of one group, whatever group.max.size says.
inline constexpr std::size_t kMembersPerGroupMax = 10'000;
/// Member ids of one group that were handed out (MEMBER_ID_REQUIRED) and not used yet.
inline constexpr std::size_t kPendingMembersPerGroupMax = 10'000;
/// Assignment protocols that one member may name, and their names and metadata together.
inline constexpr std::size_t kProtocolsPerMemberMax = 100;
inline constexpr std::size_t kMetadataBytesPerMemberMax = std::size_t{1} << 20;
/// Metadata of all members of one group; a group's record and JoinGroup reply hold it whole.
inline constexpr std::size_t kMetadataBytesPerGroupMax = std::size_t{32} << 20;
/// Assignments that a leader may hand in for one generation.
inline constexpr std::size_t kAssignmentBytesPerGroupMax = std::size_t{32} << 20;
/// Member metadata of all groups of one partition.
inline constexpr std::size_t kMetadataBytesPerPartitionMax = std::size_t{128} << 20;
/// Transactional ids of one partition of __transaction_state.
inline constexpr std::size_t kTransactionalIdsPerPartitionMax = 20'000;
/// Partitions of one transaction; its records and markers name them all.
inline constexpr std::size_t kPartitionsPerTransactionMax = 20'000;
/// Replies of one partition that wait for its records to reach the disk.
inline constexpr std::size_t kWaitingRepliesMax = 100'000;

/// Records that a load replays before it lets the thread's other work in.
inline constexpr std::size_t kReplayRecordsPerSlice = 2'000;
/// Decompressed size of one batch of __consumer_offsets.
inline constexpr std::size_t kDecompressedBatchBytesMax = std::size_t{256} << 20;
/// Tombstones that go into one batch when many offsets are removed at once.
inline constexpr std::size_t kTombstonesPerBatchMax = 5'000;

}  // namespace kreel::coordinator
