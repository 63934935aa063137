#include <algorithm>

#include "storage/limits.hpp"
#include "storage/partition_log.hpp"

// Several small batches of clients with one write.

namespace kreel::storage {

void PartitionLog::append_group(std::span<GroupedBatch> group) {
  const auto config = config_.get();
  const auto options = validation_options(*config);
  std::vector<Appending> prepared;
  prepared.reserve(group.size());
  for (GroupedBatch& one : group) {
    if (!prepare_client(one, options, prepared.emplace_back())) prepared.pop_back();
  }
  append_checked(prepared, *config);
  append_ended(group, *config);
}

/// With the append lock held: how many batches one write takes, the first among them, which may be
/// appended and has its place. Another joins when it need not be looked at again once the first is
/// in the log: it has no producer, or goes on where the one before it ends. Together they are small
/// enough for one index entry.
std::size_t PartitionLog::assign_joining(std::span<Appending> group,
                                         const LogConfig& config) const {
  const Appending& first = group.front();
  const bool stands_alone = end_.position == 0 || first.header.is_transactional() ||
                            must_roll(first, end_.position, config);
  if (stands_alone) return 1;
  const auto limit = std::min(kGroupedWriteBytesMax,
                              static_cast<std::uint64_t>(std::max(config.index_interval_bytes, 0)));
  std::uint64_t bytes = first.batch.size();
  std::size_t count = 1;
  for (; count < group.size(); ++count) {
    const auto& before = group[count - 1].header;
    Appending& next = group[count];
    const bool follows = next.header.producer_id < 0 || continues(before, next.header);
    if (next.header.is_transactional() || !follows) break;
    assign(next, before.last_offset() + 1);
    if (bytes + next.batch.size() > limit || must_roll(next, end_.position + bytes, config)) break;
    bytes += next.batch.size();
  }
  return count;
}

Bytes PartitionLog::gather(std::span<const Appending> run) {
  std::size_t size = 0;
  for (const Appending& one : run) size += one.batch.size();
  Bytes bytes;
  bytes.reserve(size);
  for (const Appending& one : run) bytes.insert(bytes.end(), one.batch.begin(), one.batch.end());
  return bytes;
}

}  // namespace kreel::storage
