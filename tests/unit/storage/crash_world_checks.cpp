// What every world is asked after its recovery, and again after it was used.
#include <algorithm>
#include <set>

#include "protocol/record_batch.hpp"
#include "unit/storage/crash_txn.hpp"
#include "unit/storage/crash_world.hpp"

namespace kreel::test {
namespace {

using protocol::ErrorCode;
using storage::TopicPartition;

constexpr std::size_t kBatchesRemembered = 5;
constexpr std::size_t kReadBytes = 1 << 20;

std::string text_of(const protocol::RecordView& record) {
  const auto value = std::string(record.value ? as_text(*record.value) : "-");
  return record.key ? std::string(as_text(*record.key)) + "|" + value : value;
}

/// Offsets of markers and of records whose transaction was not committed below `end`.
std::set<Offset> not_committed(const PartitionModel& expected, Offset end) {
  std::set<Offset> offsets;
  for (const auto& [producer, batches] : expected.producers) {
    if (producer < kFirstTransactional) continue;
    std::vector<Offset> open;
    for (const auto& sent : batches) {
      if (sent.base_offset >= end) break;
      for (int i = 0; i < sent.count; ++i) open.push_back(sent.base_offset + i);
      if (!sent.is_marker) continue;
      const auto& text = expected.written.at(sent.base_offset).back();
      if (text.starts_with("COMMIT")) open.assign(1, sent.base_offset);
      offsets.insert(open.begin(), open.end());
      open.clear();
    }
    offsets.insert(open.begin(), open.end());
  }
  return offsets;
}

std::string key_in(const std::string& text) {
  return text.substr(0, text.find('|'));
}

}  // namespace

Bytes make_batch(const SentBatch& sent, ProducerId producer, TimestampMs now_ms, bool keyed) {
  protocol::BatchBuilder::Options options;
  options.producer_id = producer;
  options.producer_epoch = producer < 0 ? std::int16_t{-1} : sent.epoch;
  options.transactional = producer >= kFirstTransactional;
  options.base_sequence = producer < 0 ? -1 : sent.base_sequence;
  protocol::BatchBuilder builder(options);
  for (const auto& value : sent.values) {
    protocol::NewRecord record;
    record.timestamp = now_ms;
    record.value = as_bytes(value);
    if (keyed) {
      const auto bar = value.find('|');
      record.key = record.value->first(bar);
      record.value = record.value->subspan(bar + 1);
      if (as_text(*record.value) == "-") record.value.reset();
    }
    builder.append(record);
  }
  return builder.build();
}

void CrashWorld::check_clean_mark(Phase phase) {
  const bool clean = manager_->last_stop_was_clean();
  if (clean && phase == Phase::kRunning) violation("an unclean stop was taken for a clean one");
  if (!clean && phase == Phase::kStopped) violation("a clean stop was not known as such");
  if (!clean) return;
  // A clean stop has everything on disk.
  for (auto& [name, expected] : model_.partitions) expected.visible_end = expected.end;
}

void CrashWorld::check_logs() {
  for (auto& [name, expected] : model_.partitions) check_log(name, expected, false);
}

void CrashWorld::check_log(const TopicPartition& name, PartitionModel& expected,
                           bool after_recovery) {
  auto& log = *logs_.at(name);
  const auto offsets = log.offsets();
  const auto say = [&](const std::string& text) { violation(name.to_string() + ": " + text); };
  if (after_recovery && offsets.high_watermark != offsets.log_end) {
    say("recovered to " + std::to_string(offsets.log_end) + " but serves up to " +
        std::to_string(offsets.high_watermark));
  }
  if (offsets.log_start < std::max(expected.log_start_seen, expected.log_start_saved)) {
    say("log start moved back to " + std::to_string(offsets.log_start) + " from " +
        std::to_string(std::max(expected.log_start_seen, expected.log_start_saved)));
  }
  if (offsets.log_start > expected.log_start_asked) {
    say("log start is " + std::to_string(offsets.log_start) + ", and nobody asked for more than " +
        std::to_string(expected.log_start_asked));
  }
  if (offsets.high_watermark < expected.promised_end()) {
    return say("ends at " + std::to_string(offsets.high_watermark) + ", and " +
               std::to_string(expected.promised_end()) + " was promised");
  }
  const bool may_have_holes = expected.config.cleanup_compact;
  Found found;
  auto next = offsets.log_start;
  while (next < offsets.high_watermark) {
    const auto read =
        log.read({next, kReadBytes, true, storage::Isolation::kReadUncommitted, false});
    if (read.error != ErrorCode::NONE || read.records.size_bytes() == 0) {
      if (faults_expected_ && read.error == ErrorCode::KAFKA_STORAGE_ERROR) return;
      return say("reading " + std::to_string(next) + " of " +
                 std::to_string(offsets.high_watermark) + ": error " +
                 std::to_string(static_cast<int>(read.error)));
    }
    auto bytes = read.records.bytes();
    const auto* const first_batch = bytes.data();
    while (const auto header = protocol::read_batch_header(bytes)) {
      if (header->size_bytes() > bytes.size()) break;
      if (header->base_offset < next && bytes.data() != first_batch) {
        return say("the batch at " + std::to_string(header->base_offset) + " is served twice");
      }
      const auto batch = bytes.first(header->size_bytes());
      bytes = bytes.subspan(header->size_bytes());
      if (!protocol::batch_crc_is_valid(batch)) return say("a batch with a bad checksum is served");
      auto reader = protocol::BatchReader::open(batch, kReadBytes);
      if (!reader) return say(reader.error().message());
      while (auto record = reader->next()) {
        if (!*record) break;
        if ((*record)->offset < next) continue;
        const auto offset = (*record)->offset;
        if (offset != next && !may_have_holes) {
          return say("offset " + std::to_string(next) + " is missing");
        }
        const auto text = header->is_control() ? name_of_marker(batch) : text_of(**record);
        if (!read_record(name, expected, offset, text)) return;
        if (may_have_holes && !header->is_control()) found[offset] = text;
        next = offset + 1;
      }
      if (may_have_holes) next = std::max(next, header->last_offset() + 1);
    }
  }
  check_transactions(name, expected);
  if (may_have_holes) check_compacted(name, expected, offsets, std::move(found));
  if (after_recovery) forget_what_is_gone(expected, offsets.log_end);
}

/// Of each key the newest promised record is there, or a newer one; a tombstone may be gone once it
/// was there for long enough, and what it has deleted stays deleted.
void CrashWorld::check_compacted(const TopicPartition& name, const PartitionModel& expected,
                                 const storage::LogOffsets& offsets, Found found) {
  std::map<std::string, std::pair<Offset, std::string>> newest;
  const auto uncommitted = not_committed(expected, offsets.high_watermark);
  for (const auto offset : uncommitted) found.erase(offset);
  for (const auto& [offset, texts] : expected.written) {
    if (offset >= expected.promised_end()) break;
    if (offset < offsets.log_start || uncommitted.contains(offset)) continue;
    newest[key_in(texts.back())] = {offset, texts.back()};
  }
  for (const auto& [key, at] : newest) {
    const auto& [offset, text] = at;
    bool is_there = false;
    bool has_older = false;
    for (const auto& [found_at, other] : found) {
      if (key_in(other) != key) continue;
      (found_at >= offset ? is_there : has_older) = true;
    }
    if (is_there) continue;
    const auto sent = expected.tombstones.find(offset);
    const auto where = name.to_string() + ": " + key + " at " + std::to_string(offset);
    if (!text.ends_with("|-") || sent == expected.tombstones.end()) {
      violation(where + " is gone");
    } else if (has_older) {
      violation(where + " was deleted, and an older value is there again");
    } else if (clock_.wall_ms() < sent->second + expected.config.delete_retention_ms) {
      violation(where + " is a tombstone that went too early");
    }
  }
}

bool CrashWorld::read_record(const TopicPartition& name, const PartitionModel& expected,
                             Offset offset, const std::string& value) {
  const auto found = expected.written.find(offset);
  const auto where = name.to_string() + "@" + std::to_string(offset);
  if (found == expected.written.end()) {
    violation(where + " holds " + value.substr(0, 20) + ", which is not there any more");
    return false;
  }
  const auto& candidates = found->second;
  const bool promised = offset < expected.promised_end();
  const bool right = promised ? candidates.back() == value
                              : std::ranges::find(candidates, value) != candidates.end();
  if (!right) {
    violation(where + " holds " + value.substr(0, 20) + " instead of " +
              candidates.back().substr(0, 20));
  }
  return right;
}

/// What recovery has cut off must not come back later.
void CrashWorld::forget_what_is_gone(PartitionModel& expected, Offset log_end) {
  expected.end = log_end;
  expected.written.erase(expected.written.lower_bound(log_end), expected.written.end());
  for (auto& [id, batches] : expected.producers) {
    std::erase_if(batches, [&](const SentBatch& b) { return b.base_offset >= log_end; });
  }
}

void CrashWorld::resend_batches() {
  for (const auto& [name, expected] : model_.partitions) {
    auto& log = *logs_.at(name);
    const auto log_start = log.offsets().log_start;
    for (const auto& [producer, batches] : expected.producers) {
      if (producer < 0) continue;
      std::size_t known = 0;
      for (auto sent = batches.rbegin(); sent != batches.rend() && known < kBatchesRemembered;
           ++sent) {
        if (sent->epoch != batches.back().epoch) break;
        if (sent->is_marker) continue;
        ++known;
        if (sent->base_offset < log_start) continue;
        auto batch = make_batch(*sent, producer, clock_.wall_ms(), expected.config.cleanup_compact);
        const auto result = log.append(batch, storage::AppendOrigin::kClient);
        if (result.error == ErrorCode::NONE && result.duplicate &&
            result.base_offset == sent->base_offset) {
          continue;
        }
        return violation(name.to_string() + ": producer " + std::to_string(producer) +
                         " sent sequence " + std::to_string(sent->base_sequence) +
                         " again: offset " + std::to_string(result.base_offset) + " instead of " +
                         std::to_string(sent->base_offset) + ", error " +
                         std::to_string(static_cast<int>(result.error)));
      }
    }
  }
}

}  // namespace kreel::test
