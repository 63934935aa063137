#include <sys/stat.h>

#include <algorithm>

#include "kafka/dump_log.hpp"

namespace kreel::kafka_tools {
namespace {

using segments::OffsetIndexEntry;
using segments::TimeIndexEntry;

constexpr std::uint64_t kOffsetEntryBytes = 8;
constexpr std::uint64_t kTimeEntryBytes = 12;

// Another file of the same segment.
std::string sibling(const std::string& path, std::string_view suffix) {
  const std::string name = absolute_path(path);
  return name.substr(0, name.rfind('.')) + std::string(suffix);
}

bool file_exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

// The batches of the segment that an index belongs to, by their place.
class SegmentBatches {
 public:
  static Outcome<SegmentBatches> read(const std::string& path) {
    SegmentBatches result;
    segments::DumpCallbacks callbacks;
    callbacks.batch = [&](const segments::Batch& batch) { result.batches_.push_back(batch); };
    if (const auto dumped = segments::dump_file(path, callbacks); !dumped) {
      return tl::unexpected(file_error(dumped.error(), path));
    }
    return result;
  }
  // The batch that begins there; null where none does.
  const segments::Batch* at(std::int64_t position) const {
    const auto found = from(position);
    return found != batches_.end() && std::cmp_equal(found->position, position) ? &*found : nullptr;
  }
  // The first one from there on that reaches `offset`.
  const segments::Batch* reaching(std::int64_t position, std::int64_t offset) const {
    const auto found = std::find_if(from(position), batches_.end(),
                                    [&](const auto& batch) { return batch.last_offset >= offset; });
    return found == batches_.end() ? nullptr : &*found;
  }

 private:
  std::vector<segments::Batch>::const_iterator from(std::int64_t position) const {
    return std::partition_point(batches_.begin(), batches_.end(), [&](const auto& batch) {
      return std::cmp_less(batch.position, position);
    });
  }

  std::vector<segments::Batch> batches_;
};

// An index file; of zeros at its end, which Kafka preallocates, the first entry counts when there
// is no other, as it does for Kafka's tool.
template <class Entry>
struct IndexFile {
  std::vector<Entry> entries;
  std::uint64_t size_bytes = 0;
};

Outcome<IndexFile<OffsetIndexEntry>> read_offset_index(const std::string& path, std::int64_t base) {
  IndexFile<OffsetIndexEntry> file;
  segments::DumpCallbacks callbacks;
  callbacks.offset_entry = [&](const OffsetIndexEntry& entry) { file.entries.push_back(entry); };
  const auto dumped = segments::dump_file(path, callbacks);
  if (!dumped) return tl::unexpected(file_error(dumped.error(), path));
  file.size_bytes = dumped->size_bytes;
  if (file.entries.empty() && file.size_bytes >= kOffsetEntryBytes) {
    file.entries.push_back({base, 0});
  }
  return file;
}

Outcome<IndexFile<TimeIndexEntry>> read_time_index(const std::string& path, std::int64_t base) {
  IndexFile<TimeIndexEntry> file;
  segments::DumpCallbacks callbacks;
  callbacks.time_entry = [&](const TimeIndexEntry& entry) { file.entries.push_back(entry); };
  const auto dumped = segments::dump_file(path, callbacks);
  if (!dumped) return tl::unexpected(file_error(dumped.error(), path));
  file.size_bytes = dumped->size_bytes;
  if (file.entries.empty() && file.size_bytes >= kTimeEntryBytes) file.entries.push_back({0, base});
  return file;
}

tl::unexpected<JavaError> corrupt_index(std::string message) {
  return thrown("org.apache.kafka.storage.internals.log.CorruptIndexException", std::move(message),
                ErrorKind::kBadInput);
}

Outcome<void> check_size(std::string_view what, const std::string& path, std::uint64_t size_bytes,
                         std::uint64_t entry_bytes) {
  if (size_bytes % entry_bytes == 0) return {};
  return corrupt_index(
      fmt::format("{} {} is corrupt, found {} bytes which is neither positive nor a multiple of {}",
                  what, absolute_path(path), size_bytes, entry_bytes));
}

Outcome<void> check_offset_index(const std::string& path, std::int64_t base,
                                 const IndexFile<OffsetIndexEntry>& file) {
  const std::int64_t last = file.entries.back().offset;
  if (last < base) {
    return corrupt_index(fmt::format(
        "Corrupt index found, index file ({}) has non-zero size but the last offset is {} which is "
        "less than the base offset {}",
        absolute_path(path), last, base));
  }
  return check_size("Index file", path, file.size_bytes, kOffsetEntryBytes);
}

Outcome<void> check_time_index(const std::string& path, std::int64_t base,
                               const IndexFile<TimeIndexEntry>& file) {
  if (!file.entries.empty()) {
    const TimeIndexEntry& first = file.entries.front();
    const TimeIndexEntry& last = file.entries.back();
    if (last.timestamp_ms < first.timestamp_ms) {
      return corrupt_index(fmt::format(
          "Corrupt time index found, time index file ({}) has non-zero size but the last timestamp "
          "is {} which is less than the first timestamp {}",
          absolute_path(path), last.timestamp_ms, first.timestamp_ms));
    }
    if (last.offset < base) {
      return corrupt_index(fmt::format(
          "Corrupt time index found, time index file ({}) has non-zero size but the last offset is "
          "{} which is less than the first offset {}",
          absolute_path(path), last.offset, base));
    }
  }
  return check_size("Time index file", path, file.size_bytes, kTimeEntryBytes);
}

std::int64_t position_of(const IndexFile<OffsetIndexEntry>& index, std::int64_t offset) {
  std::int64_t position = 0;
  for (const OffsetIndexEntry& entry : index.entries) {
    if (entry.offset > offset) break;
    position = entry.position;
  }
  return position;
}

}  // namespace

Outcome<void> dump_offset_index(const std::string& path, const IndexDumpPlan& plan,
                                DumpFindings& findings, ToolContext& context) {
  TRY_ASSIGN(const std::int64_t base, base_offset_of(path));
  TRY_ASSIGN(const SegmentBatches log, SegmentBatches::read(sibling(path, ".log")));
  TRY_ASSIGN(const auto index, read_offset_index(path, base));
  if (index.entries.empty()) {
    context.out_line(fmt::format("{} is empty.", path));
    return {};
  }
  if (plan.sanity_only) {
    TRY(check_offset_index(path, base, index));
    context.out_line(fmt::format("{} passed sanity check.", path));
    return {};
  }
  for (const OffsetIndexEntry& entry : index.entries) {
    if (entry.offset == base && &entry != &index.entries.front()) break;
    const segments::Batch* batch = log.at(entry.position);
    if (batch != nullptr && std::cmp_greater(batch->size_bytes, plan.message_bytes_max)) {
      return thrown("java.util.NoSuchElementException", "", ErrorKind::kBadInput);
    }
    const std::int64_t found = batch == nullptr ? -1 : batch->last_offset;
    if (found != entry.offset) {
      findings.index_mismatches.at(absolute_path(path))[entry.offset] = found;
    }
    if (!plan.verify_only) {
      context.out_line(fmt::format("offset: {} position: {}", entry.offset, entry.position));
    }
  }
  return {};
}

Outcome<void> dump_time_index(const std::string& path, const IndexDumpPlan& plan,
                              DumpFindings& findings, ToolContext& context) {
  TRY_ASSIGN(const std::int64_t base, base_offset_of(path));
  TRY_ASSIGN(const SegmentBatches log, SegmentBatches::read(sibling(path, ".log")));
  IndexFile<OffsetIndexEntry> index;
  const std::string index_path = sibling(path, ".index");
  if (file_exists(index_path)) {
    TRY_ASSIGN(index, read_offset_index(index_path, base));
  }
  TRY_ASSIGN(const auto times, read_time_index(path, base));
  if (plan.sanity_only) {
    TRY(check_time_index(path, base, times));
    context.out_line(fmt::format("{} passed sanity check.", path));
    return {};
  }
  const std::string name = absolute_path(path);
  std::int64_t previous_ms = -1;
  for (const TimeIndexEntry& entry : times.entries) {
    if (entry.offset == base && &entry != &times.entries.front()) break;
    const segments::Batch* batch = log.reaching(position_of(index, entry.offset), entry.offset);
    if (batch == nullptr || batch->last_offset != entry.offset) {
      findings.offsets_not_found.at(name).emplace_back(entry.offset,
                                                       batch == nullptr ? -1 : batch->last_offset);
    } else {
      if (batch->max_timestamp_ms != entry.timestamp_ms) {
        findings.time_mismatches.at(name).emplace_back(entry.timestamp_ms, batch->max_timestamp_ms);
      }
      if (previous_ms >= entry.timestamp_ms) {
        findings.times_out_of_order.at(name).emplace_back(entry.timestamp_ms, previous_ms);
      }
    }
    if (!plan.verify_only) {
      context.out_line(fmt::format("timestamp: {} offset: {}", entry.timestamp_ms, entry.offset));
    }
    previous_ms = entry.timestamp_ms;
  }
  return {};
}

}  // namespace kreel::kafka_tools
