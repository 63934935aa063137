#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/core.h>

#include "protocol/record_batch.hpp"
#include "storage/aborted_index.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"
#include "storage/producer_snapshot.hpp"
#include "storage/segment_tools.hpp"
#include "storage/sparse_index.hpp"

namespace kreel::storage {
namespace {

using segments::Finding;
using segments::Severity;

constexpr std::size_t kSearchChunkBytes = 1U << 20U;
constexpr std::chrono::milliseconds kGrowthCheck{10};
constexpr int kGrowthChecksMax = 50;

/// Whether a good batch begins at `position`, with an offset that may follow.
Result<bool> is_good_batch(const fs::File& file, const protocol::BatchHeader& header,
                           std::uint64_t position, std::uint64_t size, Offset expected) {
  if (header.base_offset < expected || header.last_offset_delta < 0) return false;
  if (header.size_bytes() > size - position) return false;
  Bytes bytes(header.size_bytes());
  TRY_ASSIGN(const auto count, file.read_at(bytes, position));
  return count == bytes.size() && protocol::batch_crc_is_valid(bytes);
}

/// Whether a broker is writing at the end of the file just now; `size` is then the new one.
Result<bool> grows(const fs::File& file, std::uint64_t& size) {
  std::this_thread::sleep_for(kGrowthCheck);
  TRY_ASSIGN(const auto now, file.size_bytes());
  const bool has_grown = now > size;
  size = now;
  return has_grown;
}

/// The first good batch at or behind `from`; `size` when there is none.
Result<std::uint64_t> find_good_batch(const fs::File& file, std::uint64_t from, std::uint64_t size,
                                      Offset expected) {
  Bytes chunk(kSearchChunkBytes);
  while (from + protocol::kBatchHeaderBytes <= size) {
    TRY_ASSIGN(const auto count, file.read_at(chunk, from));
    if (count < protocol::kBatchHeaderBytes) break;
    const auto last = count - protocol::kBatchHeaderBytes;
    for (std::size_t i = 0; i <= last; ++i) {
      const auto header = protocol::read_batch_header(ByteView(chunk).first(count).subspan(i));
      if (!header) continue;
      TRY_ASSIGN(const bool is_good, is_good_batch(file, *header, from + i, size, expected));
      if (is_good) return from + i;
    }
    from += last + 1;
  }
  return size;
}

Finding missing(const std::string& path) {
  return {Severity::kMissing, path, 0, -1, "not there; a broker makes it anew"};
}

/// Compares an offset index with the batches of its segment, given in order.
class IndexCheck {
 public:
  IndexCheck(fs::FileSystem& fs, std::string path, Offset base_offset)
      : path_(std::move(path)), base_offset_(base_offset) {
    is_missing_ = !fs.exists(path_);
    if (is_missing_) return;
    const auto content = fs::read_whole_file(fs, path_, kIndexFileBytesMax);
    if (!content) {
      problem_ = "unreadable";
    } else if (!index_.decode(*content)) {
      problem_ = "entries out of order, or one is cut off";
    }
  }

  void note(const BatchScanner::Found& found) {
    if (next_ >= index_.size()) return;
    const auto& entry = index_.entries()[next_];
    const auto position = static_cast<std::uint64_t>(entry.position);
    if (position > found.position) return;
    const bool fits = position == found.position &&
                      base_offset_ + entry.relative_offset == found.header.last_offset();
    if (!fits && problem_.empty()) problem_ = fmt::format("entry {} points to no batch", next_);
    ++next_;
  }

  std::optional<Finding> finding() const {
    if (is_missing_) return missing(path_);
    if (problem_.empty() && next_ == index_.size()) return std::nullopt;
    const auto what = problem_.empty() ? "entries behind the end of the log" : problem_;
    return Finding{Severity::kDerived, path_, next_ * OffsetEntry::kBytes, -1, what};
  }

 private:
  std::string path_;
  Offset base_offset_;
  OffsetIndex index_;
  std::size_t next_ = 0;
  bool is_missing_ = false;
  std::string problem_;
};

std::optional<Finding> check_time_index(fs::FileSystem& fs, const std::string& path) {
  if (!fs.exists(path)) return missing(path);
  const auto content = fs::read_whole_file(fs, path, kIndexFileBytesMax);
  TimeIndex index;
  if (content && index.decode(*content)) return std::nullopt;
  return Finding{Severity::kDerived, path, 0, -1,
                 content ? "entries out of order, or one is cut off" : "unreadable"};
}

/// A transaction index, read before its segment: a running broker may add to both meanwhile. One
/// that is not there is no finding: Kafka makes none for a segment without aborted transactions.
class AbortedCheck {
 public:
  AbortedCheck(fs::FileSystem& fs, std::string path)
      : path_(std::move(path)), exists_(fs.exists(path_)) {
    if (auto content = fs::read_whole_file(fs, path_, kIndexFileBytesMax)) content_ = *content;
  }

  std::optional<Finding> finding(Offset base_offset, Offset next_offset) const {
    if (!exists_) return std::nullopt;
    const auto entries =
        content_ ? decode_aborted(*content_, base_offset, next_offset) : std::nullopt;
    if (entries && entries->size() * AbortedTxn::kBytes == content_->size()) return std::nullopt;
    return Finding{Severity::kDerived, path_, 0, -1,
                   entries ? "entries behind the end of the segment"
                           : "entries out of order, or one is cut off"};
  }

 private:
  std::string path_;
  bool exists_;
  std::optional<Bytes> content_;
};

std::optional<Finding> check_producers(fs::FileSystem& fs, const std::string& path) {
  if (!fs.exists(path)) return std::nullopt;
  const auto content = fs::read_whole_file(fs, path, kSnapshotFileBytesMax);
  const bool is_sane = content && (path.ends_with(kProducersSuffix)
                                       ? decode_kreel_snapshot(*content).has_value()
                                       : decode_kafka_snapshot(*content, -1).has_value());
  if (is_sane) return std::nullopt;
  return Finding{Severity::kDerived, path, 0, -1, "wrong CRC or version"};
}

}  // namespace

std::uint64_t SegmentCheck::bad_bytes() const {
  std::uint64_t total = 0;
  for (const auto& stretch : stretches) {
    if (!stretch.is_good) total += stretch.to - stretch.from;
  }
  return total;
}

Result<std::vector<Stretch>> survey_segment(
    const fs::File& file, Offset base_offset, Offset end_offset,
    const std::function<void(const BatchScanner::Found&)>& each) {
  TRY_ASSIGN(auto size, file.size_bytes());
  std::vector<Stretch> stretches;
  auto expected = base_offset;
  int patience = kGrowthChecksMax;
  for (std::uint64_t at = 0; at < size;) {
    BatchScanner scanner(file, at, size, BatchScanner::Check::kCrc);
    Stretch good{at, at, true, expected, {}};
    std::string what;
    bool reaches_next = false;
    ScanEnd end = ScanEnd::kNotYet;
    while (true) {
      TRY_ASSIGN(const auto found, scanner.next());
      if (!found) {
        end = scanner.end();
        what = to_string(end);
        break;
      }
      if (found->header.base_offset < good.next_offset) {
        what = fmt::format("offset {} after {}", found->header.base_offset, good.next_offset);
        break;
      }
      if (found->header.last_offset() >= end_offset) {
        what = fmt::format("offsets from {} on are in the next segment, too",
                           found->header.base_offset);
        reaches_next = true;
        break;
      }
      each(*found);
      good.next_offset = found->header.last_offset() + 1;
      good.to = scanner.position();
    }
    expected = good.next_offset;
    at = good.to;
    if (good.to > good.from) stretches.push_back(good);
    if (at >= size) break;
    if (end == ScanEnd::kCut && patience-- > 0) {
      TRY_ASSIGN(const bool has_grown, grows(file, size));
      if (has_grown) continue;
    }
    auto next = size;
    if (!reaches_next) {
      TRY_ASSIGN(next, find_good_batch(file, at + 1, size, expected));
    }
    stretches.push_back({at, next, false, expected, std::move(what)});
    at = next;
  }
  return stretches;
}

Result<PartitionCheck> check_partition(fs::FileSystem& fs, const segments::Partition& partition,
                                       segments::VerifyReport& report) {
  PartitionCheck check;
  const auto& names = partition.segments;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& name = names[i];
    SegmentCheck segment;
    segment.path = fs::join(partition.path, name);
    segment.base_offset = parse_segment_file_name(name, kLogSuffix).value_or(0);
    const auto end =
        i + 1 < names.size() ? parse_segment_file_name(names[i + 1], kLogSuffix) : std::nullopt;
    segment.next_offset = segment.base_offset;
    const auto beside = [&](std::string_view suffix) {
      return fs::join(partition.path, segment_file_name(segment.base_offset, suffix));
    };
    const auto opened = fs.open(segment.path, fs::OpenMode::kRead);
    // Retention of a running broker has taken it since the listing.
    if (!opened && opened.error().kind() == ErrorKind::kNotFound) continue;
    if (!opened) return fail(opened.error());
    const fs::File& file = **opened;
    IndexCheck index(fs, beside(kOffsetIndexSuffix), segment.base_offset);
    const AbortedCheck aborted(fs, beside(kTxnIndexSuffix));
    const auto each = [&](const BatchScanner::Found& found) {
      index.note(found);
      if (found.header.base_offset != segment.next_offset) check.is_compacted = true;
      segment.next_offset = found.header.last_offset() + 1;
      ++report.batches;
      report.records += found.header.record_count;
    };
    TRY_ASSIGN(segment.stretches,
               survey_segment(file, segment.base_offset,
                              end.value_or(std::numeric_limits<Offset>::max()), each));
    segment.size_bytes = segment.stretches.empty() ? 0 : segment.stretches.back().to;
    if (segment.bad_bytes() > 0) check.is_compacted = false;
    for (const auto& found : {index.finding(), check_time_index(fs, beside(kTimeIndexSuffix)),
                              aborted.finding(segment.base_offset, segment.next_offset),
                              check_producers(fs, beside(kSnapshotSuffix)),
                              check_producers(fs, beside(kProducersSuffix))}) {
      if (found) segment.derived.push_back(*found);
    }
    ++report.segments;
    report.size_bytes += segment.size_bytes;
    if (!check.segments.empty()) check.segments.back().next_base = segment.base_offset;
    check.segments.push_back(std::move(segment));
  }
  // A compaction that the next start finishes has removed some of the files.
  if (fs.exists(fs::join(partition.path, std::string(kCompactionFile)))) check.is_compacted = true;
  return check;
}

Result<segments::VerifyReport> verify(fs::FileSystem& fs, const std::string& directory) {
  segments::VerifyReport report;
  TRY_ASSIGN(const auto partitions, list_partitions(fs, directory));
  for (const auto& partition : partitions) {
    ++report.partitions;
    // Nothing is half written behind a clean stop.
    const bool was_clean =
        fs.exists(fs::join(fs::parent_directory(partition.path), std::string(kCleanMarkerFile)));
    TRY_ASSIGN(const auto check, check_partition(fs, partition, report));
    for (const auto& segment : check.segments) {
      const bool is_last = !segment.next_base;
      for (const auto& stretch : segment.stretches) {
        if (stretch.is_good) continue;
        const bool is_torn = is_last && stretch.to == segment.size_bytes && !was_clean;
        report.findings.push_back(
            {is_torn ? Severity::kTorn : Severity::kDamage, segment.path, stretch.from,
             stretch.next_offset,
             fmt::format("{} bytes: {}", stretch.to - stretch.from, stretch.what)});
      }
      if (segment.has_gap() && !check.is_compacted) {
        report.findings.push_back({Severity::kDamage, segment.path, segment.size_bytes,
                                   segment.next_offset,
                                   fmt::format("offsets {} to {} are missing", segment.next_offset,
                                               *segment.next_base - 1)});
      }
      report.findings.insert(report.findings.end(), segment.derived.begin(), segment.derived.end());
    }
  }
  return report;
}

}  // namespace kreel::storage
