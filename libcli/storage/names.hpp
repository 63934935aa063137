#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"
#include "storage/log.hpp"

namespace kreel::storage {

// File names of a data directory; storage/FORMAT.md lists them.

inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kOffsetIndexSuffix = ".index";
inline constexpr std::string_view kTimeIndexSuffix = ".timeindex";
inline constexpr std::string_view kTxnIndexSuffix = ".txnindex";
inline constexpr std::string_view kSnapshotSuffix = ".snapshot";
inline constexpr std::string_view kProducersSuffix = ".kreel-producers";
/// Every file that a segment may have.
inline constexpr std::string_view kSegmentSuffixes[] = {kLogSuffix,       kOffsetIndexSuffix,
                                                        kTimeIndexSuffix, kTxnIndexSuffix,
                                                        kSnapshotSuffix,  kProducersSuffix};
inline constexpr std::string_view kDeletedSuffix = ".deleted";
/// What compaction writes; of no account before the record of its commit is there.
inline constexpr std::string_view kCleanedSuffix = ".cleaned";
inline constexpr std::string_view kCompactionFile = "kreel-compaction";
inline constexpr std::string_view kTornSuffix = ".torn";
/// A segment that is not yet allowed its name, because the one before it is not on disk.
inline constexpr std::string_view kNextPrefix = "kreel-next-";
inline constexpr std::string_view kDeletedDirectorySuffix = "-delete";
inline constexpr std::string_view kStrayDirectorySuffix = "-stray";

inline constexpr std::string_view kLeaderEpochFile = "leader-epoch-checkpoint";
inline constexpr std::string_view kPartitionMetadataFile = "partition.metadata";
inline constexpr std::string_view kMetaPropertiesFile = "meta.properties";
inline constexpr std::string_view kCleanMarkerFile = ".kafka_cleanshutdown";
inline constexpr std::string_view kLockFile = ".lock";
inline constexpr std::string_view kMarkFile = "kreel-durable-marks";
/// Left by a run whose sync failed: cached pages may be newer than the disk.
inline constexpr std::string_view kSyncFailedFile = "kreel-sync-failed";
/// With a number: empty files that hold space for the time when the disk is full.
inline constexpr std::string_view kReservePrefix = "kreel-reserve.";
inline constexpr std::string_view kRecoveryPointFile = "recovery-point-offset-checkpoint";
inline constexpr std::string_view kLogStartFile = "log-start-offset-checkpoint";
inline constexpr std::string_view kCleanerFile = "cleaner-offset-checkpoint";
inline constexpr std::string_view kHighWatermarkFile = "replication-offset-checkpoint";

/// "00000000000000000042.log"
std::string segment_file_name(Offset base_offset, std::string_view suffix);
/// The offset when `name` is exactly 20 digits and `suffix`.
std::optional<Offset> parse_segment_file_name(std::string_view name, std::string_view suffix);
/// "orders-0" -> orders, 0. nullopt for other directories, "-delete" and "-stray" ones included.
std::optional<TopicPartition> parse_partition_directory(std::string_view name);

}  // namespace kreel::storage
