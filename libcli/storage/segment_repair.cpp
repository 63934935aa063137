#include <algorithm>
#include <limits>
#include <set>

#include <fmt/core.h>

#include "protocol/batch_layout.hpp"
#include "protocol/record_batch.hpp"
#include "storage/compaction_record.hpp"
#include "storage/mark_file.hpp"
#include "storage/meta_properties.hpp"
#include "storage/names.hpp"
#include "storage/segment_tools.hpp"

// Repair drops what is no batch and keeps everything else where it was: offsets never change. Where
// offsets are missing at the end of a segment an empty batch covers them, as compaction leaves them
// in Kafka, so that no later start takes the gap for damage.

namespace kreel::storage {
namespace {

using segments::RepairPlan;
using segments::RepairStep;

constexpr std::string_view kBackupSuffix = ".bak";
constexpr std::string_view kRepairedSuffix = ".repaired";

/// A batch without records for the offsets [from, to).
Bytes empty_batch(Offset from, Offset to) {
  namespace layout = protocol::layout;
  Bytes batch(protocol::kBatchHeaderBytes);
  constexpr auto kLength =
      static_cast<std::int32_t>(protocol::kBatchHeaderBytes - protocol::kBatchPrefixBytes);
  store_big_endian(batch.data() + layout::kBaseOffset, from);
  store_big_endian(batch.data() + layout::kBatchLength, kLength);
  batch[layout::kMagic] = std::byte{2};
  store_big_endian(batch.data() + layout::kLastOffsetDelta,
                   static_cast<std::int32_t>(to - from - 1));
  store_big_endian(batch.data() + layout::kBaseTimestamp, TimestampMs{-1});
  store_big_endian(batch.data() + layout::kProducerId, ProducerId{-1});
  store_big_endian(batch.data() + layout::kProducerEpoch, ProducerEpoch{-1});
  store_big_endian(batch.data() + layout::kBaseSequence, std::int32_t{-1});
  protocol::set_max_timestamp(batch, protocol::TimestampType::kCreateTime, -1);
  return batch;
}

/// Moves `path` aside; a backup that is there already is never overwritten.
Result<void> keep_backup(fs::FileSystem& fs, const std::string& path) {
  const auto backup = path + std::string(kBackupSuffix);
  if (fs.exists(backup)) {
    return fail(ErrorKind::kRefused, backup + " is there already",
                "move the backup of the last repair away first");
  }
  return fs.rename(path, backup);
}

/// Where the offsets of the segment have to end.
Offset wanted_end(const SegmentCheck& segment, Offset marked_end) {
  return std::max(segment.next_offset, segment.next_base ? *segment.next_base : marked_end);
}

Result<void> rewrite_segment(fs::FileSystem& fs, const SegmentCheck& segment, Offset end) {
  if (end - segment.base_offset > std::numeric_limits<std::int32_t>::max()) {
    return fail(ErrorKind::kBadInput, segment.path + ": too many offsets are missing behind it");
  }
  const auto repaired = segment.path + std::string(kRepairedSuffix);
  {
    TRY_ASSIGN(const auto source, fs.open(segment.path, fs::OpenMode::kRead));
    TRY_ASSIGN(const auto target, fs.open(repaired, fs::OpenMode::kCreateOrOpen));
    TRY(target->truncate(0));
    std::uint64_t to = 0;
    for (const auto& stretch : segment.stretches) {
      if (!stretch.is_good) continue;
      TRY(fs::copy_range(*source, stretch.from, stretch.to, *target, to));
      to += stretch.to - stretch.from;
    }
    if (end > segment.next_offset) TRY(target->write_at(empty_batch(segment.next_offset, end), to));
    TRY(target->sync_data());
  }
  TRY(keep_backup(fs, segment.path));
  TRY(fs.rename(repaired, segment.path));
  return fs.sync_directory(fs::parent_directory(segment.path));
}

/// A crash between the two renames left the repaired file beside its backup.
Result<void> finish_earlier_repair(fs::FileSystem& fs, const std::string& directory) {
  TRY_ASSIGN(const auto names, fs.list(directory));
  for (const auto& name : names) {
    if (!name.ends_with(kRepairedSuffix)) continue;
    const auto path = fs::join(directory, name);
    const auto own = path.substr(0, path.size() - kRepairedSuffix.size());
    if (fs.exists(own)) continue;  // not yet in use: written again
    TRY(fs.rename(path, own));
    TRY(fs.sync_directory(directory));
  }
  return {};
}

/// The data directory, also when a partition's was named.
std::string data_directory_of(const std::string& directory,
                              const std::vector<segments::Partition>& partitions) {
  const bool is_partition = partitions.size() == 1 && partitions.front().path == directory;
  return is_partition ? fs::parent_directory(directory) : directory;
}

class Repair {
 public:
  Repair(fs::FileSystem& fs, const RepairPlan& plan) : fs_(fs) {
    for (const auto& step : plan.steps) files_.insert(step.file);
  }

  Result<void> run(const std::string& directory) {
    TRY_ASSIGN(auto partitions, list_partitions(fs_, directory));
    const auto data = data_directory_of(directory, partitions);
    TRY_ASSIGN(const auto lock, fs_.lock(fs::join(data, std::string(kLockFile))));
    const auto marks = MarkFile::open(fs_, data);
    for (const auto& partition : partitions) {
      TRY(settle_compaction(fs_, partition.path));
      TRY(finish_earlier_repair(fs_, partition.path));
    }
    TRY_ASSIGN(partitions, list_partitions(fs_, directory));
    for (const auto& partition : partitions) TRY(repair(partition, *marks));
    if (fs_.exists(fs::join(data, std::string(kMarkFile)))) TRY(marks->save());
    const auto clean_marker = fs::join(data, std::string(kCleanMarkerFile));
    if (fs_.exists(clean_marker)) TRY(fs_.remove_file(clean_marker));
    return fs_.sync_directory(data);
  }

 private:
  Result<void> repair(const segments::Partition& partition, MarkFile& marks) {
    segments::VerifyReport ignored;
    TRY_ASSIGN(const auto check, check_partition(fs_, partition, ignored));
    const auto key = [&](const Uuid& id) {
      return mark_key({partition.topic, partition.partition}, id);
    };
    TRY_ASSIGN(const auto id, read_partition_metadata(fs_, partition.path));
    const auto mark = marks.find(key(id));
    bool changed = false;
    for (const auto& segment : check.segments) {
      if (files_.contains(segment.path)) {
        TRY(rewrite_segment(fs_, segment, wanted_end(segment, mark ? mark->offset : 0)));
        TRY(drop_derived(segment));
        changed = true;
      }
      for (const auto& finding : segment.derived) {
        if (files_.contains(finding.file) && fs_.exists(finding.file)) {
          TRY(keep_backup(fs_, finding.file));
          changed = true;
        }
      }
    }
    if (!changed) return {};
    marks.forget(key(id));
    return fs_.sync_directory(partition.path);
  }

  /// Positions have changed, so the indexes of a rewritten segment are of no use; and a transaction
  /// whose marker is lost was not aborted as far as the log says.
  Result<void> drop_derived(const SegmentCheck& segment) {
    const auto directory = fs::parent_directory(segment.path);
    for (const auto suffix : {kOffsetIndexSuffix, kTimeIndexSuffix, kTxnIndexSuffix}) {
      const auto path = fs::join(directory, segment_file_name(segment.base_offset, suffix));
      if (fs_.exists(path)) TRY(keep_backup(fs_, path));
    }
    return {};
  }

  fs::FileSystem& fs_;
  std::set<std::string> files_;
};

}  // namespace

Result<RepairPlan> plan_repair(fs::FileSystem& fs, const std::string& directory) {
  RepairPlan plan{directory, {}};
  TRY_ASSIGN(const auto partitions, list_partitions(fs, directory));
  for (const auto& partition : partitions) {
    segments::VerifyReport ignored;
    TRY_ASSIGN(const auto check, check_partition(fs, partition, ignored));
    for (const auto& segment : check.segments) {
      const auto dropped = segment.bad_bytes();
      const bool has_gap = segment.has_gap() && !check.is_compacted;
      if (dropped > 0 || has_gap) {
        const auto what = has_gap
                              ? fmt::format("an empty batch takes the place of offsets {} to {}",
                                            segment.next_offset, *segment.next_base - 1)
                              : std::string("bytes that are no batch are dropped");
        plan.steps.push_back({RepairStep::Kind::kRewriteSegment, segment.path, dropped, what});
      }
      for (const auto& finding : segment.derived) {
        if (!fs.exists(finding.file)) continue;
        plan.steps.push_back({RepairStep::Kind::kRemoveDerived, finding.file, 0, finding.what});
      }
    }
  }
  return plan;
}

Result<void> apply_repair(fs::FileSystem& fs, const RepairPlan& plan) {
  return Repair(fs, plan).run(plan.directory);
}

}  // namespace kreel::storage
