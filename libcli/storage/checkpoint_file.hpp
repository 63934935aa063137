#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "fs/file_system.hpp"
#include "storage/log.hpp"

namespace kreel::storage {

// Kafka's text checkpoints: a line "0", a line with the count, then one entry per line. Replaced as
// a whole, durably.

using OffsetsByPartition = std::map<TopicPartition, Offset>;

/// "topic partition offset" lines of a data directory. A missing file is empty; a malformed one is
/// an error (kBadInput).
Result<OffsetsByPartition> read_offset_checkpoint(fs::FileSystem& fs, const std::string& path);
Result<void> write_offset_checkpoint(fs::FileSystem& fs, const std::string& path,
                                     const OffsetsByPartition& offsets);

using EpochStart = std::pair<LeaderEpoch, Offset>;

/// "epoch start-offset" lines of a partition; epochs and offsets increase.
Result<std::vector<EpochStart>> read_epoch_checkpoint(fs::FileSystem& fs, const std::string& path);
Result<void> write_epoch_checkpoint(fs::FileSystem& fs, const std::string& path,
                                    const std::vector<EpochStart>& epochs);

}  // namespace kreel::storage
