#pragma once

#include <cstddef>
#include <cstdint>

namespace kreel::storage {

// Every bound of this folder, by name.

/// Bytes of sealed segments' offset indexes held in memory at once.
inline constexpr std::size_t kLoadedIndexBytesMax = 64U << 20U;
/// Threads that sync files at the same time.
inline constexpr std::size_t kSyncWorkersMax = 16;
/// Producers remembered per partition; beyond it the longest idle are forgotten.
inline constexpr std::size_t kProducersPerLogMax = 65'536;
/// Of producers that are not known: refused batches of one partition that are still to come.
inline constexpr std::size_t kRefusedPerLogMax = 4'096;
/// Transactions of one partition that wait for their coordinator's word at once.
inline constexpr std::size_t kVerificationsPerLogMax = 4'096;
/// Batches remembered per producer, as in Apache Kafka.
inline constexpr std::size_t kBatchesPerProducer = 5;

/// What a crash may leave un-synced at the end of a log; a bad batch further from the end is damage
/// and no torn write.
inline constexpr std::uint64_t kCommitWindowBytes = 16U << 20U;
inline constexpr std::uint64_t kIntervalWindowBytes = 64U << 20U;
/// Durable bytes that one start after a crash reads again, the newest of each log first, to find
/// damage at once.
inline constexpr std::int64_t kStartCheckBytes = 256LL << 20U;
/// Cut bytes that recovery keeps beside the log.
inline constexpr std::uint64_t kTornBytesKeptMax = 16U << 20U;
/// Appended bytes after which the producers' state is saved, so that a restart replays no more.
inline constexpr std::uint64_t kProducerSaveBytes = 64U << 20U;
/// What one write takes of several small batches, if the index interval is not smaller.
inline constexpr std::uint64_t kGroupedWriteBytesMax = 64U << 10U;
/// Bytes before the end of the log that a reader may take for cached.
inline constexpr std::uint64_t kRecentTailBytes = 32U << 20U;
/// Index entries kept in memory before they go to the file.
inline constexpr std::size_t kPendingIndexEntries = 512;

/// Decompressed size of one batch that a look-up by timestamp is willing to open.
inline constexpr std::size_t kDecompressedBatchBytesMax = 128U << 20U;
/// Memory for the keys of one log that is compacted, without log.cleaner.dedupe.buffer.size.
inline constexpr std::size_t kCompactionMapBytes = 128U << 20U;
/// When a compaction that failed for outside reasons is tried again.
inline constexpr std::int64_t kCompactionRetryMs = 60'000;
inline constexpr std::size_t kCompactionWriteBytes = 1U << 20U;
/// Bytes of a new segment that are synced at once: what others sync waits behind no more.
inline constexpr std::uint64_t kCompactionSyncBytes = 8U << 20U;
inline constexpr std::uint64_t kIndexFileBytesMax = 1U << 30U;
inline constexpr std::uint64_t kCheckpointFileBytesMax = 256U << 20U;
inline constexpr std::uint64_t kSnapshotFileBytesMax = 64U << 20U;
inline constexpr std::uint64_t kMetaFileBytesMax = 64U << 10U;
/// The mark file is rewritten when it has grown to this and to twice its live records.
inline constexpr std::uint64_t kMarkFileBytesMax = 4U << 20U;

/// What nobody waits for is synced this long after it was appended.
inline constexpr std::int64_t kLazySyncMs = 100;
inline constexpr std::int64_t kMarkSyncMs = 1'000;
inline constexpr std::int64_t kDiskSpaceCheckMs = 5'000;
/// Soft mark of free space: the smaller of the two.
inline constexpr std::uint64_t kFreeSpaceSoftBytes = 1U << 30U;
inline constexpr std::uint64_t kFreeSpaceSoftPercent = 5;
/// Held for the time when the disk is full: the smaller of the two, in files given up one by one.
inline constexpr std::uint64_t kReserveBytes = 64U << 20U;
inline constexpr std::uint64_t kReservePercent = 5;
inline constexpr int kReserveParts = 8;
/// A wall clock that moved further than this against the boot clock since the last look has jumped.
inline constexpr std::int64_t kClockJumpMs = 3'600'000;

}  // namespace kreel::storage
