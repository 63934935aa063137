#include "storage/strict_check.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include "storage/names.hpp"
#include "storage/segment_tools.hpp"
#include "storage/sync_workers.hpp"

namespace kreel::storage {
namespace {

struct SegmentToCheck {
  TopicPartition partition;
  std::string path;
  Offset base_offset = 0;
  Offset end_offset = std::numeric_limits<Offset>::max();  ///< where the next one begins
  bool is_last = false;
};

Result<std::vector<SegmentToCheck>> segments_below(fs::FileSystem& fs,
                                                   const std::string& data_directory) {
  std::vector<SegmentToCheck> all;
  TRY_ASSIGN(const auto partitions, list_partitions(fs, data_directory));
  for (const segments::Partition& partition : partitions) {
    for (const std::string& name : partition.segments) {
      all.push_back({.partition = {partition.topic, partition.partition},
                     .path = fs::join(partition.path, name),
                     .base_offset = parse_segment_file_name(name, kLogSuffix).value_or(0),
                     .is_last = name == partition.segments.back()});
      const bool follows = all.size() > 1 && all[all.size() - 2].partition == all.back().partition;
      if (follows) all[all.size() - 2].end_offset = all.back().base_offset;
    }
  }
  return all;
}

Result<void> check_segment(fs::FileSystem& fs, const SegmentToCheck& segment, bool was_clean) {
  TRY_ASSIGN(const auto file, fs.open(segment.path, fs::OpenMode::kRead));
  TRY_ASSIGN(const auto size_bytes, file->size_bytes());
  TRY_ASSIGN(const auto stretches, survey_segment(*file, segment.base_offset, segment.end_offset,
                                                  [](const BatchScanner::Found&) {}));
  for (const Stretch& stretch : stretches) {
    const bool may_be_torn = segment.is_last && stretch.to == size_bytes && !was_clean;
    if (stretch.is_good || may_be_torn) continue;
    return fail(ErrorKind::kBadInput,
                fmt::format("{}[{}]@{}: {} ({}, byte {})", segment.partition.topic,
                            segment.partition.partition, stretch.next_offset, stretch.what,
                            segment.path, stretch.from),
                "look with `kreel segments verify`, or start without --strict to serve the rest");
  }
  return {};
}

}  // namespace

Result<void> check_strictly(fs::FileSystem& fs, const std::string& data_directory, bool was_clean) {
  TRY_ASSIGN(const auto segments, segments_below(fs, data_directory));
  std::mutex mutex;
  // The first in the order of names, whichever thread is ahead.
  std::optional<std::size_t> first_bad;
  std::optional<Error> error;
  SyncWorkers workers(std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1,
                                              std::max<std::size_t>(segments.size(), 1)));
  workers.for_each(segments.size(), [&](std::size_t i) {
    auto checked = check_segment(fs, segments[i], was_clean);
    if (checked) return;
    const std::lock_guard lock(mutex);
    if (first_bad && *first_bad < i) return;
    first_bad = i;
    error = std::move(checked.error());
  });
  if (error) return fail(std::move(*error));
  return {};
}

}  // namespace kreel::storage
