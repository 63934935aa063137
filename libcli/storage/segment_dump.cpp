#include <algorithm>
#include <utility>

#include "protocol/compression.hpp"
#include "protocol/control_record.hpp"
#include "storage/aborted_index.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"
#include "storage/producer_snapshot.hpp"
#include "storage/segment_tools.hpp"
#include "storage/sparse_index.hpp"

namespace kreel::storage {
namespace {

/// What a KRaft controller writes; its batches are those of a log.
constexpr std::string_view kKraftSnapshotSuffix = ".checkpoint";

segments::Batch describe(const BatchScanner::Found& found, bool crc_is_valid) {
  const auto& header = found.header;
  segments::Batch batch;
  batch.position = found.position;
  batch.size_bytes = header.size_bytes();
  batch.base_offset = header.base_offset;
  batch.last_offset = header.last_offset();
  batch.record_count = header.record_count;
  batch.partition_leader_epoch = header.partition_leader_epoch;
  batch.base_timestamp_ms = header.base_timestamp;
  batch.max_timestamp_ms = header.max_timestamp;
  batch.producer_id = header.producer_id;
  batch.producer_epoch = header.producer_epoch;
  batch.base_sequence = header.base_sequence;
  batch.last_sequence = last_sequence(header);
  batch.magic = header.magic;
  batch.compression = to_string(header.compression());
  batch.is_log_append_time = header.timestamp_type() == protocol::TimestampType::kLogAppendTime;
  batch.is_transactional = header.is_transactional();
  batch.is_control = header.is_control();
  if (header.has_delete_horizon()) batch.delete_horizon_ms = header.base_timestamp;
  batch.crc = header.crc;
  batch.crc_is_valid = crc_is_valid;
  return batch;
}

std::optional<std::string> text_of(const std::optional<ByteView>& bytes) {
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

Result<void> dump_records(ByteView bytes, const segments::Batch& batch,
                          const segments::DumpCallbacks& callbacks) {
  TRY_ASSIGN(auto reader, protocol::BatchReader::open(bytes, kDecompressedBatchBytesMax));
  while (true) {
    TRY_ASSIGN(const auto view, reader.next());
    if (!view) return {};
    segments::Record record;
    record.offset = view->offset;
    record.timestamp_ms = view->timestamp;
    if (batch.base_sequence >= 0) {
      const auto delta = static_cast<std::int32_t>(view->offset - batch.base_offset);
      record.sequence = static_cast<std::int32_t>(
          (static_cast<std::int64_t>(batch.base_sequence) + delta) & 0x7fffffff);
    }
    record.key = text_of(view->key);
    record.value = text_of(view->value);
    for (const auto& header : view->headers) {
      record.headers.emplace_back(std::string(header.key), text_of(header.value));
    }
    callbacks.record(batch, record);
  }
}

Result<segments::DumpResult> dump_log(const fs::File& file,
                                      const segments::DumpCallbacks& callbacks,
                                      std::uint64_t bytes_max) {
  segments::DumpResult result;
  TRY_ASSIGN(result.size_bytes, file.size_bytes());
  const std::uint64_t limit = std::min(result.size_bytes, bytes_max);
  BatchScanner scanner(file, 0, limit, BatchScanner::Check::kHeaders);
  Bytes bytes;
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found) break;
    bytes.resize(found->header.size_bytes());
    TRY_ASSIGN(const auto count, file.read_at(bytes, found->position));
    const auto whole = ByteView(bytes).first(count);
    auto batch = describe(*found, protocol::batch_crc_is_valid(whole));
    if (const auto marker = protocol::read_end_txn_marker(whole); marker && batch.crc_is_valid) {
      batch.marker = {marker->committed, marker->coordinator_epoch};
    }
    if (callbacks.batch) callbacks.batch(batch);
    if (callbacks.record && batch.crc_is_valid) TRY(dump_records(whole, batch, callbacks));
  }
  // What continues behind the limit that was asked for is not invalid.
  if (limit < result.size_bytes && scanner.end() == ScanEnd::kCut) return result;
  result.invalid_bytes_at_end = limit - scanner.position();
  if (result.invalid_bytes_at_end > 0) result.reason = to_string(scanner.end());
  return result;
}

template <class Entry>
Result<segments::DumpResult> dump_index(ByteView content,
                                        const std::function<void(const Entry&)>& each) {
  segments::DumpResult result;
  result.size_bytes = content.size();
  result.invalid_bytes_at_end = content.size() % Entry::kBytes;
  if (result.invalid_bytes_at_end > 0) result.reason = "an entry is cut off";
  auto count = content.size() / Entry::kBytes;
  const auto at = [&](std::size_t i) { return Entry::decode(content.data() + i * Entry::kBytes); };
  while (count > 0 && at(count - 1) == Entry{}) --count;
  for (std::size_t i = 0; i < count; ++i) each(at(i));
  return result;
}

Result<segments::DumpResult> dump_aborted(ByteView content,
                                          const segments::DumpCallbacks& callbacks) {
  segments::DumpResult result;
  result.size_bytes = content.size();
  result.invalid_bytes_at_end = content.size() % AbortedTxn::kBytes;
  for (std::size_t at = 0; at + AbortedTxn::kBytes <= content.size(); at += AbortedTxn::kBytes) {
    const auto* from = content.data() + at;
    segments::AbortedTransaction aborted;
    aborted.version = load_big_endian<std::int16_t>(from);
    aborted.producer_id = load_big_endian<std::int64_t>(from + 2);
    aborted.first_offset = load_big_endian<std::int64_t>(from + 10);
    aborted.last_offset = load_big_endian<std::int64_t>(from + 18);
    aborted.last_stable_offset = load_big_endian<std::int64_t>(from + 26);
    if (callbacks.aborted_transaction) callbacks.aborted_transaction(aborted);
  }
  return result;
}

Result<segments::DumpResult> dump_producers(const std::optional<ProducerState>& state,
                                            std::size_t size_bytes,
                                            const segments::DumpCallbacks& callbacks) {
  segments::DumpResult result;
  result.size_bytes = size_bytes;
  if (!state) {
    result.invalid_bytes_at_end = size_bytes;
    result.reason = "wrong CRC or version";
    return result;
  }
  if (!callbacks.producer) return result;
  std::vector<ProducerId> ids;
  for (const auto& item : state->producers()) ids.push_back(item.first);
  std::ranges::sort(ids);
  for (const auto id : ids) {
    const auto& entry = state->producers().at(id);
    const auto last = entry.empty() ? ProducerBatch{} : entry.back();
    callbacks.producer({id, entry.epoch, entry.coordinator_epoch, entry.txn_first_offset,
                        last.first_sequence, last.last_sequence, last.first_offset,
                        last.last_offset, entry.empty() ? entry.last_timestamp : last.timestamp});
  }
  return result;
}

Result<segments::Partition> read_partition(fs::FileSystem& fs, const TopicPartition& name,
                                           const std::string& path) {
  TRY_ASSIGN(const auto names, fs.list(path));
  segments::Partition partition{name.topic, name.partition, path, {}};
  for (const auto& file : names) {
    if (parse_segment_file_name(file, kLogSuffix)) partition.segments.push_back(file);
  }
  return partition;
}

std::string last_component(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace

Result<std::vector<segments::Partition>> list_partitions(fs::FileSystem& fs,
                                                         const std::string& directory) {
  TRY_ASSIGN(const auto names, fs.list(directory));
  std::vector<segments::Partition> partitions;
  for (const auto& name : names) {
    const auto path = fs::join(directory, name);
    const auto partition = parse_partition_directory(name);
    if (!partition || !fs.is_directory(path)) continue;
    TRY_ASSIGN(partitions.emplace_back(), read_partition(fs, *partition, path));
  }
  if (partitions.empty()) {
    if (const auto self = parse_partition_directory(last_component(directory))) {
      TRY_ASSIGN(partitions.emplace_back(), read_partition(fs, *self, directory));
    }
  }
  std::ranges::sort(partitions, {}, [](const segments::Partition& partition) {
    return std::pair(partition.topic, partition.partition);
  });
  return partitions;
}

Result<segments::DumpResult> dump_file(fs::FileSystem& fs, const std::string& path,
                                       const segments::DumpCallbacks& callbacks,
                                       std::uint64_t bytes_max) {
  const auto name = last_component(path);
  if (name.ends_with(kLogSuffix) || name.ends_with(kKraftSnapshotSuffix)) {
    TRY_ASSIGN(const auto file, fs.open(path, fs::OpenMode::kRead));
    return dump_log(*file, callbacks, bytes_max);
  }
  const auto suffix = name.substr(std::min(name.find('.'), name.size()));
  const auto base = parse_segment_file_name(name, suffix);
  if (!base) return fail(ErrorKind::kUsage, path + ": not a file of a log");
  TRY_ASSIGN(const auto content, fs::read_whole_file(fs, path, kIndexFileBytesMax));
  if (suffix == kOffsetIndexSuffix) {
    return dump_index<OffsetEntry>(content, [&](const OffsetEntry& entry) {
      if (callbacks.offset_entry) {
        callbacks.offset_entry({*base + entry.relative_offset, entry.position});
      }
    });
  }
  if (suffix == kTimeIndexSuffix) {
    return dump_index<TimeEntry>(content, [&](const TimeEntry& entry) {
      if (callbacks.time_entry) {
        callbacks.time_entry({entry.timestamp, *base + entry.relative_offset});
      }
    });
  }
  if (suffix == kTxnIndexSuffix) return dump_aborted(content, callbacks);
  if (suffix == kSnapshotSuffix) {
    return dump_producers(decode_kafka_snapshot(content, -1), content.size(), callbacks);
  }
  if (suffix == kProducersSuffix) {
    return dump_producers(decode_kreel_snapshot(content), content.size(), callbacks);
  }
  return fail(ErrorKind::kUsage, path + ": not a file of a log");
}

}  // namespace kreel::storage

namespace kreel::segments {

Result<std::vector<Partition>> list_partitions(const std::string& directory) {
  return storage::list_partitions(*fs::make_posix_file_system(), directory);
}

Result<DumpResult> dump_file(const std::string& path, const DumpCallbacks& callbacks,
                             std::uint64_t bytes_max) {
  return storage::dump_file(*fs::make_posix_file_system(), path, callbacks, bytes_max);
}

Result<VerifyReport> verify(const std::string& directory) {
  return storage::verify(*fs::make_posix_file_system(), directory);
}

Result<RepairPlan> plan_repair(const std::string& directory) {
  return storage::plan_repair(*fs::make_posix_file_system(), directory);
}

Result<void> apply_repair(const RepairPlan& plan) {
  return storage::apply_repair(*fs::make_posix_file_system(), plan);
}

}  // namespace kreel::segments
